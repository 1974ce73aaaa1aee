import { type Stage, stageKey } from '../../../record/stages.ts';
import type { StageTimes } from '../../../record/user-record.ts';
import { type Clock, toMicroseconds } from '../../../time/clock.ts';

/** Notes when a user's stages are over, all from the one moment at which the user is meant to start. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly startMs: number;
  readonly #onMark: (stage: Stage) => void;
  readonly #times: Partial<Record<keyof StageTimes, number>> = {};

  constructor(clock: Clock, startMs: number, onMark: (stage: Stage) => void = () => undefined) {
    this.#clock = clock;
    this.startMs = startMs;
    this.#onMark = onMark;
  }

  elapsedMs(): number {
    return toMicroseconds(this.#clock.now() - this.startMs);
  }

  mark(stage: Stage): void {
    const key = stageKey(stage);
    if (this.#times[key] !== undefined) return;
    this.#times[key] = this.elapsedMs();
    this.#onMark(stage);
  }

  times(): StageTimes {
    return { ...this.#times };
  }
}
