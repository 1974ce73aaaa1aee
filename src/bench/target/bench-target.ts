import type { BackendRecord } from '../../record/run-record.ts';
import type { BenchObserver, RoundPorts } from './ports.ts';

/** A hub that can be measured: our own, one that ours is compared with, or somebody's deployment. */
export interface BenchTarget {
  readonly backend: BackendRecord;
  connect(observer: BenchObserver): RoundPorts;
  /** Leaves nothing of what was started or made for the measurement. */
  stop(): Promise<void>;
}
