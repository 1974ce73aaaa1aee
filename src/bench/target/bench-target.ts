import type { Comparison } from '../../record/comparison.ts';
import type { BackendRecord } from '../../record/run-record.ts';
import type { MemoryPort } from './memory-port.ts';
import type { TargetPorts } from './ports.ts';

/** A hub that can be measured. */
interface MeasuredHub {
  readonly backend: BackendRecord;
  readonly ports: TargetPorts;
}

/** What a run is compared with: a hub of its own, with another spawner, measured after each round of ours. */
export interface ComparedHub extends MeasuredHub {
  readonly name: Comparison;
}

/** The hub as a person sees it. */
export interface BrowserPort {
  readonly hubUrl: string;
  readonly password: string;
}

/** What plans are run against, opened once for all of them: a hub of our own, or somebody's. */
export interface BenchTarget extends MeasuredHub, AsyncDisposable {
  /** Versions by package name, of the environment that hub and guest run in. */
  readonly pythonVersions: Readonly<Record<string, string>>;
  readonly comparisons: readonly ComparedHub[];
  /** Where memory is read; present where it is asked for. */
  readonly memory?: MemoryPort;
  /** How a browser gets in; present where it can be let in. */
  readonly browser?: BrowserPort;
}
