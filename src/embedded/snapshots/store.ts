import { access, constants, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import { within } from '../../time/deadline.ts';
import { messageOf } from '../../faults/caught-error.ts';
import { badRequest, conflict, notFound, serverError } from '../http/api-error.ts';
import { adviceForMissingModule } from './missing-module.ts';
import { parentEnvironment } from './parent-environment.ts';
import { spawnParent } from './parent-process.ts';
import { isSnapshotTag } from '../../forkd/snapshot-tag.ts';
import { Snapshot, type SnapshotRow } from './snapshot.ts';
import { WarmParent } from './warm-parent.ts';

const WARM_UP_LIMIT_MS = 110_000; // below the 120 s that our clients wait
const LOG_LINES = 20;

interface SnapshotStoreOptions {
  readonly root: string;
  /** Names of variables that users are to have of the controller's own environment, beside the usual ones. */
  readonly envKeep: readonly string[];
  /** Where the parents' logs are to stay; default: each goes with its snapshot. */
  readonly logDir: string | undefined;
  readonly log: (line: string) => void;
}

interface ParentPlace {
  readonly dir: string;
  readonly python: string;
  readonly logFile: string;
}

/** The snapshots of a controller, by tag. */
export class SnapshotStore {
  readonly #options: SnapshotStoreOptions;
  readonly #snapshots = new Map<string, Snapshot>();
  /** Every parent that was started and may still run, also while it warms up or is retired. */
  readonly #parents = new Set<WarmParent>();
  readonly #warmingTags = new Set<string>();
  #stopped = false;

  constructor(options: SnapshotStoreOptions) {
    this.#options = options;
  }

  /** Lists the snapshots in forkd's order, which is the tags'. */
  rows(): readonly SnapshotRow[] {
    return [...this.#snapshots.values()]
      .map(({ row }) => row)
      .toSorted((one, other) => (one.tag < other.tag ? -1 : 1));
  }

  get(tag: string): Snapshot {
    const snapshot = this.#snapshots.get(tag);
    if (snapshot === undefined) throw notFound(`snapshot ${tag}`);
    return snapshot;
  }

  /** The snapshot of that tag, whose parent must live. */
  bootable(tag: string): Snapshot {
    const snapshot = this.get(tag);
    const { death } = snapshot.parent;
    if (death !== undefined) throw conflict(`snapshot \`${tag}\` is not bootable: ${death}`);
    return snapshot;
  }

  get size(): number {
    return this.#snapshots.size;
  }

  /** Starts a parent in a Python environment and waits until it is warm. */
  async create(tag: string, python: string): Promise<SnapshotRow> {
    if (!isSnapshotTag(tag)) throw badRequest('tag must be 1-64 chars, ASCII alnum or dash/underscore');
    await checkPython(python);
    this.#reserve(tag);
    const dir = join(this.#options.root, tag);
    try {
      const snapshot = await this.#warm(tag, dir, python);
      this.#snapshots.set(tag, snapshot);
      return snapshot.row;
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw serverError(`snapshot: ${messageOf(error)}`);
    } finally {
      this.#warmingTags.delete(tag);
    }
  }

  async delete(tag: string): Promise<void> {
    const snapshot = this.get(tag);
    this.#snapshots.delete(tag);
    await snapshot.retire();
  }

  /** Ends every parent, and with them whatever sandboxes they still have. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#snapshots.clear();
    await Promise.all([...this.#parents].map((parent) => parent.stop()));
  }

  #reserve(tag: string): void {
    if (this.#snapshots.has(tag) || this.#warmingTags.has(tag)) {
      throw badRequest(`snapshot ${tag} already exists; DELETE first`);
    }
    this.#warmingTags.add(tag);
  }

  async #warm(tag: string, dir: string, python: string): Promise<Snapshot> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const { logDir } = this.#options;
    const logFile = logDir === undefined ? join(dir, 'parent.log') : join(logDir, `parent-${tag}.log`);
    const parent = await this.#start({ dir, python, logFile });
    try {
      const ready = await within(WARM_UP_LIMIT_MS, parent.ready, 'the parent was not warm');
      this.#options.log(`snapshot ${tag} is ready after ${Math.round(ready.warm_ms)} ms (pid ${ready.pid})`);
      return new Snapshot(tag, dir, parent, ready);
    } catch (error) {
      await parent.stop();
      const text = `${messageOf(error)}${await lastLogLines(logFile)}`;
      const advice = adviceForMissingModule(text, python);
      throw new Error(advice === undefined ? text : `${advice}\n${text}`, { cause: error });
    }
  }

  async #start({ dir, python, logFile }: ParentPlace): Promise<WarmParent> {
    const { envKeep, log } = this.#options;
    // A tag may be used again while an earlier parent still has sandboxes.
    const temporary = await mkdtemp(join(dir, 'tmp-'));
    const spawned = await spawnParent({
      python,
      cwd: dir,
      logFile,
      environment: parentEnvironment(process.env, envKeep, temporary),
    });
    const parent = new WarmParent({ process: spawned, temporary, log });
    this.#parents.add(parent);
    void parent.gone.finally(() => this.#parents.delete(parent));
    // Started in the very moment in which everything else was being stopped.
    if (this.#stopped) await parent.stop();
    return parent;
  }
}

async function checkPython(python: string): Promise<void> {
  if (!isAbsolute(python)) throw badRequest(`python must be an absolute path: ${python}`);
  await access(python, constants.X_OK).catch(() => {
    throw badRequest(`python not found: ${python}`);
  });
}

async function lastLogLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  return lines === '' ? '' : `\n--- last lines of the parent's log ---\n${lines}`;
}
