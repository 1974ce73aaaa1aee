/** Something that this program has made and that may be there still. */
export interface Remnant {
  readonly kind: 'environment' | 'folder' | 'cgroup';
  readonly path: string;
  /** What it takes on the disk. */
  readonly sizeMib: number;
  /** Why it is not needed any more. */
  readonly reason: string;
  /** Who needs it; absent where nobody does. */
  readonly inUse?: string;
}

/** What became of each. */
export interface Cleaned extends Remnant {
  readonly outcome: 'removed' | 'would be removed' | 'in use' | 'failed';
  /** Why it could not be removed. */
  readonly failure?: string;
}
