import { z } from 'zod';

/** `parent.json` beside a snapshot's own files: what it was made of. */
export const parentRecordSchema = z.object({
  version: z.literal(1),
  tag: z.string(),
  madeAt: z.iso.datetime(),
  guestVersion: z.string(),
  rootDisk: z.string(),
  rootDiskMib: z.int(),
  kernel: z.string(),
  firecracker: z.string(),
  /** A snapshot can't be restored on a processor that lacks what this one has. */
  processor: z.string(),
  memoryMib: z.int(),
  /** What the warm guest uses of it. */
  usedMemoryMib: z.int().optional(),
  vcpus: z.int(),
  warmAfterS: z.number(),
  /** Python and its packages, as installed. */
  versions: z.record(z.string(), z.string()),
});
export type ParentRecord = z.infer<typeof parentRecordSchema>;

/** A snapshot as it is on the disk. */
export interface StoredParent {
  readonly tag: string;
  readonly folder: string;
  /** What its files take on the disk, without the root disk. */
  readonly sizeMib: number;
  readonly madeAt: string;
  /** Absent for one that `parent build` didn't make. */
  readonly record?: ParentRecord;
}
