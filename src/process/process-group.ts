import { setTimeout as delay } from 'node:timers/promises';

const CHECK_MS = 10;
const KILL_TIMEOUT_MS = 5_000;

interface ProcessGroup {
  /** The process id of the group's leader. */
  readonly pid: number;
  /** Resolves when its leader has ended. */
  readonly ended: Promise<void>;
}

/**
 * Waits for the end of a program that leads its group; an interruption ends it sooner. What it has
 * started and left behind is ended either way.
 */
export async function untilGroupEnded(
  { pid, ended }: ProcessGroup,
  interruption: AbortSignal | undefined,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: NodeJS.Signals },
): Promise<void> {
  const interrupted = Promise.withResolvers<undefined>();
  const interrupt = (): void => {
    interrupted.resolve(undefined);
  };
  interruption?.addEventListener('abort', interrupt, { once: true });
  // While it was being started, nobody listened.
  if (interruption?.aborted === true) interrupt();
  try {
    await Promise.race([ended, interrupted.promise]);
  } finally {
    interruption?.removeEventListener('abort', interrupt);
    await endGroup(pid, ended, timeoutMs, signal);
  }
}

/**
 * Ends a process that leads its group: a signal to it alone (it knows best how to end its children),
 * then, after `timeoutMs` or for what it leaves, SIGKILL to the group.
 */
export async function endGroup(
  pid: number,
  ended: Promise<void>,
  timeoutMs: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  send(pid, signal);
  await Promise.race([ended, delay(timeoutMs, undefined, { ref: false })]);
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  while (send(-pid, 'SIGKILL') && performance.now() < deadline) {
    await delay(CHECK_MS);
  }
  await ended;
}

/** Sends a signal. @returns false when there is nobody to receive it */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
