import { setTimeout as delay } from 'node:timers/promises';

import { type Clock, toMicroseconds } from '../../../time/clock.ts';
import { type Launch, type LaunchOptions, launchUser, type PreparedUser } from './launch-user.ts';
import { UserTimeout } from './outcome.ts';
import type { RoundPorts } from '../../target/ports.ts';
import { Stopwatch } from './stopwatch.ts';
import type { BenchPlan } from '../../plan/bench-plan.ts';

export interface Launches {
  /** What every user's start is counted from, on the ports' clock. */
  readonly barrierMs: number;
  readonly launches: readonly Launch[];
}

interface LaunchAllOptions extends LaunchOptions {
  /** How long a user may take before it is given up. */
  readonly timeoutMs: number;
  /** When each user is meant to start, from the barrier; absent: all of them at the barrier. */
  readonly startsMs?: readonly number[];
}

/** Everything that a user needs but that isn't part of the start happens before the barrier. */
export async function prepareUsers(
  prefix: string,
  { expressions }: BenchPlan,
  { hub, userName, signal }: Pick<RoundPorts, 'hub' | 'userName' | 'signal'>,
): Promise<readonly PreparedUser[]> {
  const named = expressions.map((expression, number) => ({
    index: number,
    user: userName?.(number) ?? `${prefix}-u${number + 1}`,
    expression,
  }));
  await hub.createUsers(
    named.map(({ user }) => user),
    signal,
  );
  return Promise.all(named.map(async (one) => ({ ...one, token: await hub.createToken(one.user, signal) })));
}

/**
 * The barrier: without `startsMs` every user's clock starts at the same instant, before the first
 * request is sent. With it, each clock starts when the user is meant to, whenever the client gets to
 * it: a client that is late must not make the hub look fast (coordinated omission).
 */
export async function launchAll(
  users: readonly PreparedUser[],
  ports: RoundPorts,
  { startsMs, timeoutMs, ...options }: LaunchAllOptions,
): Promise<Launches> {
  const barrierMs = ports.clock.now();
  const launches = await Promise.all(
    users.map(async (user, index) => {
      const plan = { barrierMs, timeoutMs, intendedMs: startsMs?.[index] };
      return launchOne(user, plan, ports, options);
    }),
  );
  return { barrierMs, launches };
}

interface StartPlan {
  readonly barrierMs: number;
  readonly timeoutMs: number;
  readonly intendedMs: number | undefined;
}

async function launchOne(
  user: PreparedUser,
  { barrierMs, timeoutMs, intendedMs }: StartPlan,
  ports: RoundPorts,
  options: LaunchOptions,
): Promise<Launch> {
  const { index } = user;
  const { signal } = ports;
  const stopwatchFrom = (startMs: number): Stopwatch =>
    new Stopwatch(ports.clock, startMs, (stage) => ports.observer.stageEnded?.({ index, stage }));
  if (intendedMs === undefined) {
    const stopwatch = stopwatchFrom(barrierMs);
    return withTimeout(new UserTimeout(timeoutMs, 'the barrier'), timeoutMs, signal, (ended) =>
      launchUser(user, { ...ports, signal: ended }, stopwatch, options),
    );
  }
  const startMs = barrierMs + intendedMs;
  const actualMs = await untilDue(ports.clock, startMs, signal);
  const leftMs = timeoutMs - (actualMs - startMs);
  const start = { intendedMs: toMicroseconds(intendedMs), actualMs: toMicroseconds(actualMs - barrierMs) };
  const launch = await withTimeout(new UserTimeout(timeoutMs, 'its start'), leftMs, signal, (ended) =>
    launchUser(user, { ...ports, signal: ended }, stopwatchFrom(startMs), options),
  );
  return { ...launch, start };
}

async function withTimeout<T>(
  reason: UserTimeout,
  leftMs: number,
  signal: AbortSignal,
  action: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(reason);
  }, leftMs);
  try {
    return await action(AbortSignal.any([signal, timeout.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `dueMs` on the clock, or until the signal aborts. @returns what the clock says then */
async function untilDue(clock: Clock, dueMs: number, signal: AbortSignal): Promise<number> {
  let nowMs = clock.now();
  while (nowMs < dueMs && !signal.aborted) {
    // An abort is no failure here: the user's first stage meets it.
    await delay(dueMs - nowMs, undefined, { signal }).catch(() => undefined);
    nowMs = clock.now();
  }
  return nowMs;
}
