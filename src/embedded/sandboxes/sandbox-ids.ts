import { randomBytes } from 'node:crypto';

/**
 * Makes ids in forkd's form, `sb-<hex time>-<hex sequence>`. The sequence starts with random
 * digits, so that ids stay unique across restarts within one second and across controllers.
 */
export class SandboxIds {
  readonly #prefix = randomBytes(3).toString('hex');
  #sequence = 0;

  next(): string {
    const seconds = Math.floor(Date.now() / 1000);
    const sequence = this.#sequence.toString(16).padStart(4, '0');
    this.#sequence += 1;
    return `sb-${seconds.toString(16)}-${this.#prefix}${sequence}`;
  }
}
