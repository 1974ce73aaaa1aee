import { messageOf } from '../../faults/caught-error.ts';
import { EnvironmentError } from '../../faults/errors.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { FurtherRound, RunRecord } from '../../record/run-record.ts';
import type { GrowingRecord } from './growing-record.ts';
import { type BrowserPort, measureBrowser } from './afterwards/measure-browser.ts';
import { type MemoryPort, measureMemory } from './afterwards/measure-memory.ts';
import type { RoundPorts } from '../target/ports.ts';

const INTERRUPTED = 'the run was interrupted';

/** What is measured once the judged rounds are over. */
export interface FurtherPorts {
  /** Where memory is asked for. */
  readonly memory?: MemoryPort;
  /** Where a browser can be let in. */
  readonly browser?: BrowserPort;
}

/** What such a round has found, and why it isn't all that was asked for. */
export interface Found extends Pick<RunRecord, 'memory' | 'browser'> {
  readonly missing?: string;
}

interface Part {
  readonly name: FurtherRound;
  readonly measure: () => Promise<Found>;
}

/**
 * After the judged rounds: reading memory takes time that nobody's start should be charged with, and
 * a browser, the last of all, takes the processor that everything else is measured on.
 * `obstacle` is why none of them can tell anything any more.
 */
export async function runFurtherRounds(
  record: GrowingRecord,
  plan: BenchPlan,
  further: FurtherPorts,
  ports: RoundPorts,
  signal: AbortSignal,
  obstacle: string | undefined,
): Promise<void> {
  let whyNot = obstacle;
  for (const part of partsOf(plan, further, ports, signal)) {
    if (signal.aborted) whyNot = INTERRUPTED;
    if (whyNot === undefined) whyNot = await runPart(record, part, signal);
    else await record.leaveOut(part.name, whyNot);
  }
}

function partsOf(
  plan: BenchPlan,
  { memory, browser }: FurtherPorts,
  ports: RoundPorts,
  signal: AbortSignal,
): readonly Part[] {
  const parts: Part[] = [];
  if (memory !== undefined) {
    parts.push({ name: 'memory', measure: () => measureMemory(plan, ports, memory, signal) });
  }
  const { browser: executablePath } = plan;
  if (browser !== undefined && executablePath !== undefined) {
    const measure = (): Promise<Found> => measureBrowser(plan, executablePath, ports, browser, signal);
    parts.push({ name: 'browser', measure });
  }
  return parts;
}

/** @returns why nothing can be measured after it; a hub that is gone is gone for all */
async function runPart(
  record: GrowingRecord,
  { name, measure }: Part,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { missing, ...found } = await measure();
    await record.include(found);
    if (missing !== undefined) await record.leaveOut(name, missing);
    return undefined;
  } catch (error) {
    if (!signal.aborted && !(error instanceof EnvironmentError)) throw error;
    const why = signal.aborted ? INTERRUPTED : messageOf(error);
    await record.leaveOut(name, why);
    return why;
  }
}
