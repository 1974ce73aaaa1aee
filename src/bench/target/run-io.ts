import type { BenchObserver } from './ports.ts';

/** What is needed to open a target, besides the plan. */
export interface TargetIo {
  /** A file with the token of the controller or hub at a URL. */
  readonly tokenFile: string | undefined;
  /** Names of our variables that the embedded controller hands on to users, beside the usual ones. */
  readonly envKeep: readonly string[];
  /** It is told at the end where the logs are; absent where they are not kept. */
  readonly onLogsKept: ((folder: string) => void) | undefined;
  readonly onProgress: (message: string) => void;
  /** It is told what the user should know although the run goes on. */
  readonly onWarning: (message: string) => void;
  /** Aborts at an interruption. */
  readonly signal: AbortSignal;
}

/** What a run is given besides its plan: where it writes, whom it tells, and what ends it. */
export interface RunIo extends TargetIo {
  /** The folder of records. */
  readonly out: string;
  readonly observer: BenchObserver;
}
