import type { Throttling } from '../../hub/client/throttle-log.ts';
import type { CellOutput } from '../../kernel/cell-output.ts';
import type { Comparison } from '../../record/comparison.ts';
import type { HubLag, Leftover, RoundRecord } from '../../record/run-record.ts';
import type { Stage } from '../../record/stages.ts';
import type { UserRecord, ZmqProbe } from '../../record/user-record.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { Clock } from '../../time/clock.ts';

/** One event of the hub's progress stream. */
export interface ServerEvent {
  readonly message: string;
  /** Named by the spawner, e.g. `sandbox-created`. */
  readonly stage?: string | undefined;
  readonly ready?: boolean | undefined;
  readonly failed?: boolean | undefined;
}

/** The hub as the measurement needs it. */
export interface HubPort {
  createUsers(users: readonly string[], signal: AbortSignal): Promise<void>;
  createToken(user: string, signal: AbortSignal): Promise<string>;
  /** Resolves when the hub has acknowledged the request. */
  requestServer(user: string, signal: AbortSignal): Promise<void>;
  serverProgress(user: string, signal: AbortSignal): AsyncIterable<ServerEvent>;
  serverUrl(user: string): string;
  stopServer(user: string, signal: AbortSignal): Promise<void>;
  /** How long the hub had the user's requests wait since the last call. */
  takeThrottling?(user: string): Throttling | undefined;
}

/** A kernel of one user, from creation to its first cell. */
export interface BenchKernel {
  connected(): Promise<void>;
  ready(): Promise<void>;
  execute(code: string): Promise<CellOutput>;
  kernelSession(): string | undefined;
  /** Resolves when the new kernel has answered; nothing but cells may follow. */
  restart(): Promise<void>;
  dispose(): void;
}

export interface KernelPort {
  start(target: { serverUrl: string; token: string }, signal: AbortSignal): Promise<BenchKernel>;
  /** Checks the kernel's own ZMQ ports; a failure is data. */
  probe(user: string, kernel: BenchKernel, signal: AbortSignal): Promise<ZmqProbe>;
}

/** Finds what a round has left behind. */
export interface LeftoversPort {
  /** Called before the round's first server is requested. */
  before(): Promise<void>;
  /** Called while the servers of `users` run. */
  during(users: readonly string[]): Promise<void>;
  /** Called after they were stopped. */
  find(): Promise<readonly Leftover[]>;
  /** What can't be looked for, and why: that nothing is left is then never said. */
  readonly unseen?: string;
}

/** That a user of a round has got to the end of a stage. */
export interface StageEnd {
  /** The user's number, from 0. */
  readonly index: number;
  readonly stage: Stage;
}

/** It is told what happens as it happens, and must not slow the measurement down. */
export interface BenchObserver {
  roundStarted(round: {
    readonly index: number;
    readonly warmup: boolean;
    readonly plan: BenchPlan;
    readonly comparison?: Comparison;
  }): void;
  /** Called within the measured path, once the time was taken: it may note things, and do nothing else. */
  stageEnded?(end: StageEnd): void;
  userEnded(user: UserRecord): void;
  roundEnded(round: RoundRecord): void;
  /** A person's turn in a browser, from 1. */
  visitStarted?(visit: { readonly number: number; readonly of: number }): void;
}

/** A hub with all that a measurement asks of it. */
export interface TargetPorts {
  readonly hub: HubPort;
  readonly kernels: KernelPort;
  readonly leftovers: LeftoversPort;
  readonly clock: Clock;
  /** How late the hub's event loop was, between two times in milliseconds since 1970. */
  readonly hubLag?: (window: {
    readonly fromMs: number;
    readonly toMs: number;
  }) => Promise<HubLag | undefined>;
  /** The name of the round's n-th user (from 0), where it isn't a new one in each round. */
  readonly userName?: (number: number) => string;
}

/** All that a round works with: what is measured, who is told, and what ends it early. */
export interface RoundPorts extends TargetPorts {
  readonly observer: BenchObserver;
  readonly signal: AbortSignal;
}
