import { messageOf } from '../../faults/caught-error.ts';
import { forkIntoPlaces } from './fork-into-places.ts';
import { badRequest, notFound, serverError } from '../http/api-error.ts';
import { ServerTiming } from '../../forkd/server-timing.ts';
import { Sandbox, type SandboxRow } from './sandbox.ts';
import type { Places } from './places.ts';
import { isSnapshotTag } from '../../forkd/snapshot-tag.ts';
import type { Snapshot } from '../snapshots/snapshot.ts';
import type { SnapshotStore } from '../snapshots/store.ts';

const MOST_AT_ONCE = 1000;

export interface CreateSandboxes {
  readonly snapshotTag: string;
  readonly count: number;
  readonly memoryLimitMib: number | null;
  /** Whether the sandbox gets a namespace; it has no effect where the controller has none. */
  readonly perChildNetns: boolean;
  readonly liveFork: boolean;
}

export interface CreatedSandboxes {
  readonly rows: readonly SandboxRow[];
  readonly timing: ServerTiming;
}

interface SandboxStoreOptions {
  readonly snapshots: SnapshotStore;
  readonly places: Places;
  readonly limitsEnforced: boolean;
  readonly log: (line: string) => void;
}

/** The sandboxes of a controller, by id. */
export class SandboxStore {
  readonly #options: SandboxStoreOptions;
  readonly #sandboxes = new Map<string, Sandbox>();
  #stopped = false;

  constructor(options: SandboxStoreOptions) {
    this.#options = options;
  }

  rows(): readonly SandboxRow[] {
    return [...this.#sandboxes.values()].map(({ row }) => row);
  }

  get(id: string): Sandbox {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) throw notFound(`sandbox ${id}`);
    return sandbox;
  }

  get size(): number {
    return this.#sandboxes.size;
  }

  async create(request: CreateSandboxes): Promise<CreatedSandboxes> {
    const timing = new ServerTiming();
    const rows = await timing.time('create.total', () => this.#create(request, timing));
    return { rows, timing };
  }

  /**
   * Deletes a sandbox. It is gone from the list at once, as with forkd; resolves when nothing of it
   * is left.
   */
  async delete(id: string): Promise<void> {
    const sandbox = this.get(id);
    this.#sandboxes.delete(id);
    try {
      await sandbox.snapshot.parent.kill(id);
    } catch (error) {
      this.#sandboxes.set(id, sandbox);
      throw serverError(messageOf(error));
    }
    await this.#options.places.clear(sandbox.place);
    await sandbox.snapshot.release(1);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#sandboxes.keys()].map((id) => this.delete(id)));
  }

  async #create(request: CreateSandboxes, timing: ServerTiming): Promise<readonly SandboxRow[]> {
    checkRequest(request);
    const snapshot = this.#options.snapshots.bootable(request.snapshotTag);
    // forkd without its patched Firecracker fails at this point, too.
    if (request.liveFork) {
      throw serverError(
        'restore_many: live_fork needs memory that a patched Firecracker shares; a process has none',
      );
    }
    this.#warnOfLimit(request);
    snapshot.hold(request.count);
    try {
      return await this.#fork(snapshot, request, timing);
    } catch (error) {
      await snapshot.release(request.count);
      throw serverError(`restore_many: ${messageOf(error)}`);
    }
  }

  async #fork(
    snapshot: Snapshot,
    request: CreateSandboxes,
    timing: ServerTiming,
  ): Promise<readonly SandboxRow[]> {
    const { places } = this.#options;
    const wanted = await timing.time('create.places', () => places.prepare(request));
    const occupied = await timing.time('create.fork', () => forkIntoPlaces(snapshot.parent, places, wanted));
    const sandboxes = occupied.map(
      ({ place, pid }) =>
        new Sandbox({ place, snapshot, pid, memoryLimitMib: request.memoryLimitMib, log: this.#options.log }),
    );
    for (const sandbox of sandboxes) this.#sandboxes.set(sandbox.place.id, sandbox);
    // Forked in the very moment in which everything was being stopped: nobody else would delete them.
    if (this.#stopped) await this.stop();
    return sandboxes.map(({ row }) => row);
  }

  #warnOfLimit({ memoryLimitMib }: CreateSandboxes): void {
    if (memoryLimitMib === null || this.#options.limitsEnforced) return;
    this.#options.log(
      `warning: memory_limit_mib ${memoryLimitMib} is not enforced: that needs root and a memory cgroup`,
    );
  }
}

function checkRequest({ snapshotTag, count }: CreateSandboxes): void {
  if (count === 0) throw badRequest('n must be ≥ 1');
  if (count > MOST_AT_ONCE) throw badRequest(`n must be ≤ ${MOST_AT_ONCE} (sanity cap)`);
  if (!isSnapshotTag(snapshotTag)) {
    throw badRequest('snapshot_tag must be 1-64 chars, ASCII alnum or dash/underscore');
  }
}
