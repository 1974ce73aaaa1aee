import type { StageEnd } from '../bench/target/ports.ts';
import { liveFrame } from '../report/text/live-frame.ts';
import type { Stage } from '../record/stages.ts';

/** A frame of 20 users takes some 3 ms to draw, in the event loop that also measures. */
const REDRAW_MS = 200;

/**
 * Shows how far a round's users are. What comes from within the measurement is only noted; it is
 * drawn later, from a timer, and never more often than five times a second.
 */
export class LiveRound {
  readonly #show: (frame: string) => void;
  #reached: (Stage | undefined)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(show: (frame: string) => void) {
    this.#show = show;
  }

  start(users: number): void {
    this.end();
    this.#reached = Array<Stage | undefined>(users).fill(undefined);
    this.#draw();
  }

  stageEnded({ index, stage }: StageEnd): void {
    // Servers are also started outside of rounds, for the reading of memory.
    if (index >= this.#reached.length) return;
    this.#reached[index] = stage;
    this.#timer ??= setTimeout(() => {
      this.#draw();
    }, REDRAW_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#reached = [];
  }

  #draw(): void {
    this.#timer = undefined;
    this.#show(liveFrame(this.#reached));
  }
}
