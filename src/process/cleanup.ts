type Step = () => Promise<void>;

/** What has to be undone, in reverse order, whatever fails on the way. */
export class Cleanup {
  #steps: Step[] = [];

  add(step: Step): void {
    this.#steps.push(step);
  }

  /** Tries every step, and then throws the failures together. A second call does nothing. */
  async run(): Promise<void> {
    const steps = this.#steps.reverse();
    this.#steps = [];
    const failures: unknown[] = [];
    for (const step of steps) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw failures.length === 1
        ? failures[0]
        : new AggregateError(failures, 'stopping left something behind');
    }
  }
}
