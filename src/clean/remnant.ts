interface Found {
  /** What it takes on the disk. */
  readonly sizeMib: number;
  /** Why it is not needed any more. */
  readonly reason: string;
  /** Who needs it; absent where nobody does. */
  readonly inUse?: string;
}

export interface LeftPath extends Found {
  readonly kind: 'environment' | 'folder' | 'cgroup';
  readonly path: string;
}

interface LeftMachine extends Found {
  readonly kind: 'microVM';
  readonly pid: number;
  /** The network namespace that it holds. */
  readonly namespace: string;
  /**
   * When the process started, since the boot, as /proc/PID/stat counts: pid and start name one
   * process only.
   */
  readonly startTicks: number;
}

export interface LeftRun extends Found {
  readonly kind: 'run';
  /** Its folder, which may be gone. */
  readonly path: string;
  /** The processes that are left of it. */
  readonly pids: readonly number[];
  /** The temporary folder that it is in, where that is another than ours. */
  readonly elsewhere?: string;
}

/** Something that this program, or a controller of microVMs, has made and that may be there still. */
export type Remnant = LeftPath | LeftRun | LeftMachine;

/** What became of each. */
export type Cleaned = Remnant & {
  readonly outcome: 'removed' | 'would be removed' | 'in use' | 'elsewhere' | 'failed';
  /** Why it could not be removed. */
  readonly failure?: string;
};
