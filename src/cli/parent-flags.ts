import { join, resolve } from 'node:path';

import { Flags } from '@oclif/core';

import {
  disksBeside,
  type DiskSource,
  type ParentPlan,
  parseSize,
  parseTag,
  parseVariable,
  parseWord,
} from '../parent/parent-plan.ts';
import { parseDurationMs, parseWholeNumber } from '../bench/plan/flag-values.ts';
import { xdgFolder } from '../process/user-folders.ts';

const MEMORY_MIB = { min: 256, max: 1_048_576 };
const VCPUS = { min: 1, max: 32 };

/** The flags of every command that looks at snapshots on this host. */
export const SNAPSHOT_FLAGS = {
  'snapshot-root': Flags.string({
    summary: "the controller's folder of snapshots (default: forkd's own, ~/.local/share/forkd/snapshots)",
  }),
};

/** The flags of the commands that build a parent. */
export const BUILD_FLAGS = {
  tag: Flags.string({ default: 'jupyter', summary: 'tag of the snapshot' }),
  ...SNAPSHOT_FLAGS,
  disks: Flags.string({ summary: 'folder of the root disks (default: root-disks beside the snapshots)' }),
  kernel: Flags.string({ required: true, summary: "the guest's kernel, uncompressed (vmlinux)" }),
  firecracker: Flags.string({
    default: 'firecracker',
    summary: 'Firecracker, as a path or in the search path',
  }),
  memory: Flags.string({
    default: '1024',
    summary: 'memory of the microVM in MiB, and the size of its snapshot',
  }),
  vcpus: Flags.string({ default: '1', summary: 'processors of the microVM' }),
  suite: Flags.string({ default: 'trixie', summary: "Debian's release in the root disk" }),
  mirror: Flags.string({ summary: "where its packages come from (default: mmdebstrap's own, Debian's)" }),
  image: Flags.string({ summary: 'a Docker or podman image with Python, instead of Debian' }),
  requirements: Flags.string({
    multiple: true,
    summary: "pip's requirements file to install, too; repeatable",
  }),
  size: Flags.string({
    multiple: true,
    summary: 'what can be written in a folder at most, as in /home=2g, /tmp=25%; repeatable',
  }),
  env: Flags.string({
    multiple: true,
    summary: "variable of all processes of the guest, as NAME=VALUE: a proxy's, say; repeatable",
  }),
  'time-zone': Flags.string({ default: 'UTC', summary: "the guest's, as in Europe/Berlin" }),
  nameserver: Flags.string({ summary: 'address of a DNS server for the guest (default: no DNS)' }),
  timeout: Flags.string({ default: '10m', summary: 'time that the guest may take until it is warm' }),
  json: Flags.boolean({ summary: 'print what was built as JSON and nothing else' }),
};

interface BuildFlagValues {
  readonly tag: string;
  readonly 'snapshot-root': string | undefined;
  readonly disks: string | undefined;
  readonly kernel: string;
  readonly firecracker: string;
  readonly memory: string;
  readonly vcpus: string;
  readonly suite: string;
  readonly mirror: string | undefined;
  readonly image: string | undefined;
  readonly requirements: readonly string[] | undefined;
  readonly size: readonly string[] | undefined;
  readonly env: readonly string[] | undefined;
  readonly 'time-zone': string;
  readonly nameserver: string | undefined;
  readonly timeout: string;
}

export function makeParentPlan(flags: BuildFlagValues): ParentPlan {
  const snapshotRoot = snapshotRootOf(flags['snapshot-root']);
  const { nameserver, firecracker } = flags;
  return {
    tag: parseTag(flags.tag),
    snapshotRoot,
    disks: flags.disks === undefined ? disksBeside(snapshotRoot) : resolve(flags.disks),
    kernel: resolve(flags.kernel),
    firecracker: firecracker.includes('/') ? resolve(firecracker) : firecracker,
    memoryMib: parseWholeNumber('--memory', flags.memory, MEMORY_MIB),
    vcpus: parseWholeNumber('--vcpus', flags.vcpus, VCPUS),
    source: sourceOf(flags),
    requirements: (flags.requirements ?? []).map((file) => resolve(file)),
    sizes: (flags.size ?? []).map(parseSize),
    environment: (flags.env ?? []).map(parseVariable),
    timeZone: parseWord('--time-zone', flags['time-zone']),
    nameserver: nameserver === undefined ? undefined : parseWord('--nameserver', nameserver),
    warmTimeoutMs: parseDurationMs('--timeout', flags.timeout),
  };
}

/** The absolute path of the snapshots' folder: forkd's own place unless another is named. */
export function snapshotRootOf(named: string | undefined): string {
  if (named !== undefined) return resolve(named);
  return join(xdgFolder('XDG_DATA_HOME', '.local', 'share'), 'forkd', 'snapshots');
}

function sourceOf({ image, suite, mirror }: BuildFlagValues): DiskSource {
  if (image !== undefined) return { kind: 'image', image: parseWord('--image', image) };
  const debian = { kind: 'debian', suite: parseWord('--suite', suite) } as const;
  return mirror === undefined ? debian : { ...debian, mirror };
}
