import type { BenchPlan } from '../plan/bench-plan.ts';
import { type Clock, toMicroseconds } from '../../time/clock.ts';
import { WARMUP_ROUNDS } from './growing-record.ts';

/** How far a run has come: it goes on for so many rounds, or until a time is over. */
export class Course {
  readonly #plan: BenchPlan;
  readonly #clock: Clock;
  #begun = 0;
  #startMs: number | undefined;
  #elapsedMs: number | undefined;

  constructor(plan: BenchPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  /** Whether another round is to be run, which then counts as begun. */
  beginRound(): boolean {
    if (this.#isFull || this.#isOver) return false;
    if (this.#begun === WARMUP_ROUNDS) this.#startMs = this.#clock.now();
    this.#begun += 1;
    return true;
  }

  /**
   * Must be called after each round. @returns the time since the first judged round began, where
   * time counts
   */
  roundEnded(): number | undefined {
    if (this.#plan.durationMs === undefined || this.#startMs === undefined) return undefined;
    this.#elapsedMs = toMicroseconds(this.#clock.now() - this.#startMs);
    return this.#elapsedMs;
  }

  /** Why the rounds were used up before the time was; undefined where they weren't. */
  whyFull(): string | undefined {
    if (this.#plan.durationMs === undefined || this.#isOver || !this.#isFull) return undefined;
    return `a record holds no more than ${this.#plan.rounds} rounds with so many users`;
  }

  get #isFull(): boolean {
    return this.#begun >= this.#plan.rounds + WARMUP_ROUNDS;
  }

  get #isOver(): boolean {
    const { durationMs } = this.#plan;
    return durationMs !== undefined && (this.#elapsedMs ?? 0) >= durationMs;
  }
}
