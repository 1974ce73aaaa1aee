import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { makeFolder } from '../files/make-folder.ts';
import { cannotWrite } from '../faults/output-faults.ts';
import { withDraft, writeDurably } from '../files/draft.ts';
import { placeUnderFreeName, runLabel, type TimedName } from '../files/new-file.ts';
import type { RunRecord } from './run-record.ts';

/** The record of a small run. */
const PROBE_BYTES = 64 * 1024;

/** Makes the folder and proves that a file can be written in it, before anything is measured. */
export async function prepareRecordFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    await makeFolder(folder);
    // On a full disk a file can still be made, but nothing be written to it.
    await writeDurably(probe, ' '.repeat(PROBE_BYTES));
  } catch (cause) {
    throw cannotWrite(`--out ${folder}`, cause, 'give --out a folder that you may write to');
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** The file of one record: no other run's, however close to each other they began. */
export class RecordFile {
  readonly #folder: string;
  #path: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Replaces the record as a whole, so that a reader or a crash never meets half of one.
   * @returns the file's path inside the folder, the same for every version
   */
  async store(record: RunRecord): Promise<string> {
    const text = `${JSON.stringify(record, null, 2)}\n`;
    return withDraft(this.#folder, text, async (draft) => {
      if (this.#path === undefined) {
        this.#path = await placeUnderFreeName(draft, this.#folder, nameOf(record));
      } else await rename(draft, this.#path);
      return this.#path;
    });
  }
}

function nameOf({ startedAt, plan, backend }: RunRecord): TimedName {
  return { startedAt, what: runLabel(plan.users, backend.kind), ending: '.json' };
}
