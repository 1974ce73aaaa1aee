import { resolve } from 'node:path';

import { UsageError } from '../faults/errors.ts';
import { isSnapshotTag } from '../forkd/snapshot-tag.ts';

/** What a parent is made of and where it goes, decided before anything is touched. */
export interface ParentPlan {
  readonly tag: string;
  /** The controller's folder of snapshots, absolute. */
  readonly snapshotRoot: string;
  /** Where root disks are kept, absolute: a snapshot holds the path of its disk for ever. */
  readonly disks: string;
  /** The guest's kernel, uncompressed. */
  readonly kernel: string;
  readonly firecracker: string;
  readonly memoryMib: number;
  readonly vcpus: number;
  readonly source: DiskSource;
  /** The operator's own requirement files. */
  readonly requirements: readonly string[];
  /** The sizes as the guest's boot argument has them: `/home:2g`. */
  readonly sizes: readonly string[];
  readonly timeZone: string;
  /** `NAME=VALUE`, of all processes of the guest. */
  readonly environment: readonly string[];
  readonly nameserver: string | undefined;
  /** How long the guest may take until it is warm. */
  readonly warmTimeoutMs: number;
}

/** What the root disk is made from. */
export type DiskSource =
  | { readonly kind: 'debian'; readonly suite: string; readonly mirror?: string }
  | { readonly kind: 'image'; readonly image: string };

const SIZE = /^(\/[\w./-]+)=(none|\d+[kmg%]?)$/i;

/** forkd's own rule for tags. */
export function parseTag(text: string): string {
  if (isSnapshotTag(text)) return text;
  throw new UsageError(`--tag must be 1 to 64 letters, digits, dashes and underscores, not '${text}'`);
}

/** `/home=2g` as the guest's boot argument has it: `/home:2g`. */
export function parseSize(text: string): string {
  const [, folder, size] = SIZE.exec(text) ?? [];
  if (folder === undefined || size === undefined) {
    throw new UsageError(
      `--size must be FOLDER=SIZE such as /home=2g, /tmp=50% or /var/tmp=none, not '${text}'`,
    );
  }
  return `${folder}:${size}`;
}

/** A word of the kernel's command line, too. */
export function parseVariable(text: string): string {
  if (/^[A-Za-z_]\w*=[^\s"']+$/.test(text)) return text;
  throw new UsageError(`--env must be NAME=VALUE without spaces and quotes, not '${text}'`);
}

/** A word of the kernel's command line: it ends at a space. */
export function parseWord(flag: string, text: string): string {
  if (/^[\w./:+-]+$/.test(text)) return text;
  throw new UsageError(`${flag} must be without spaces and quotes, not '${text}'`);
}

/** The disks go beside the snapshots, and not among them: the controller takes each folder there for one. */
export function disksBeside(snapshotRoot: string): string {
  return resolve(snapshotRoot, '..', 'root-disks');
}
