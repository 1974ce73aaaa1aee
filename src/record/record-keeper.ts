import type { ForkdSpawnerError } from '../faults/errors.ts';
import { cannotWrite } from '../faults/output-faults.ts';
import { RecordFile } from './record-store.ts';
import type { RunRecord } from './run-record.ts';

/** Where a record is. */
export interface StoredRecord {
  /** For people: an earlier version may be all that is there. */
  readonly path: string;
  /** Why it isn't, as it is now. */
  readonly unstored?: ForkdSpawnerError;
}

/**
 * Stores a run's record whenever it has grown. A disk that refuses ends no measurement: the next
 * time it may have room, and what was measured can be shown in any case.
 */
export class RecordKeeper {
  readonly #folder: string;
  readonly #file: RecordFile;
  readonly #onFailure: (message: string) => void;
  #stored: StoredRecord = { path: 'not stored' };
  /** Where its last version is that could be stored. */
  #path: string | undefined;

  /** @param onFailure told when the record can't be stored any more */
  constructor(folder: string, onFailure: (message: string) => void) {
    this.#folder = folder;
    this.#file = new RecordFile(folder);
    this.#onFailure = onFailure;
  }

  get stored(): StoredRecord {
    return this.#stored;
  }

  async store(record: RunRecord): Promise<void> {
    try {
      this.#path = await this.#file.store(record);
      this.#stored = { path: this.#path };
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause)) throw cause;
      this.#note(cause);
    }
  }

  #note(cause: Error): void {
    const unstored = cannotWrite(`--out ${this.#folder}`, cause, 'give --out a folder that you may write to');
    if (this.#stored.unstored === undefined) this.#onFailure(unstored.message);
    const path = this.#path === undefined ? 'not stored' : `${this.#path}, without what came last`;
    this.#stored = { path, unstored };
  }
}
