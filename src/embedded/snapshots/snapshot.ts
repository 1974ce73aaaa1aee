import { rm } from 'node:fs/promises';

import type { ReadyEvent } from './control-channel.ts';
import type { WarmParent } from './warm-parent.ts';

/** A row of `GET /v1/snapshots`, with forkd's fields. */
export interface SnapshotRow {
  readonly tag: string;
  readonly dir: string;
  readonly created_at_unix: number;
  readonly status: 'ready' | 'failed';
  readonly bootable: boolean;
  readonly warning?: string;
}

/** A warmed parent under a tag. */
export class Snapshot {
  readonly tag: string;
  readonly dir: string;
  readonly parent: WarmParent;
  readonly #memoryBytes: number;
  readonly #createdAtUnix = Math.floor(Date.now() / 1000);
  #sandboxes = 0;
  #retired = false;

  constructor(tag: string, dir: string, parent: WarmParent, ready: ReadyEvent) {
    this.tag = tag;
    this.dir = dir;
    this.parent = parent;
    this.#memoryBytes = ready.memory_bytes;
  }

  get row(): SnapshotRow {
    const { death } = this.parent;
    return {
      tag: this.tag,
      dir: this.dir,
      created_at_unix: this.#createdAtUnix,
      status: death === undefined ? 'ready' : 'failed',
      bootable: death === undefined,
      ...(death === undefined ? {} : { warning: `snapshot is not bootable: ${death}` }),
    };
  }

  /** The answer of `GET /v1/snapshots/:tag/info`. A parent has memory, but no file of it. */
  get detail(): Readonly<Record<string, unknown>> {
    return {
      tag: this.tag,
      dir: this.dir,
      created_at_unix: this.#createdAtUnix,
      memory_logical_bytes: this.#memoryBytes,
      memory_physical_bytes: this.#memoryBytes,
      vmstate_bytes: 0,
      chain_depth: 0,
      dependents: [],
      ancestors: [],
    };
  }

  /** The parent must live as long as the sandboxes that were forked from it. */
  hold(sandboxes: number): void {
    this.#sandboxes += sandboxes;
  }

  async release(sandboxes: number): Promise<void> {
    this.#sandboxes -= sandboxes;
    await this.#stopIfUnused();
  }

  /** Deletes the snapshot. Its sandboxes go on, as with forkd: the parent ends with the last of them. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.#stopIfUnused();
    await rm(this.dir, { recursive: true, force: true });
  }

  async #stopIfUnused(): Promise<void> {
    if (this.#retired && this.#sandboxes === 0) await this.parent.stop();
  }
}
