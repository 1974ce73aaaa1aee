import { type Stage, stageKey } from '../results/stages.ts';
import type { StageTimes } from '../results/user-record.ts';
import type { Clock } from './clock.ts';

/** Notes when a user's stages are over, all from the round's one barrier. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #barrierMs: number;
  readonly #times: Partial<Record<keyof StageTimes, number>> = {};

  constructor(clock: Clock, barrierMs: number) {
    this.#clock = clock;
    this.#barrierMs = barrierMs;
  }

  elapsedMs(): number {
    return toMicroseconds(this.#clock.now() - this.#barrierMs);
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
