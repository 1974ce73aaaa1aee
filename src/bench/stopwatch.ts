import { type Stage, stageKey } from '../results/stages.ts';
import type { StageTimes } from '../results/user-record.ts';
import type { Clock } from './clock.ts';

/** Notes when a user's stages are over, all from the one moment at which the user is meant to start. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly startMs: number;
  readonly #times: Partial<Record<keyof StageTimes, number>> = {};

  constructor(clock: Clock, startMs: number) {
    this.#clock = clock;
    this.startMs = startMs;
  }

  elapsedMs(): number {
    return toMicroseconds(this.#clock.now() - this.startMs);
  }

  mark(stage: Stage): void {
    this.#times[stageKey(stage)] ??= this.elapsedMs();
  }

  times(): StageTimes {
    return { ...this.#times };
  }
}

/** Three decimals: what lies below a microsecond is noise that only fattens the records. */
export function toMicroseconds(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
