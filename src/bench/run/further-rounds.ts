import { messageOf } from '../../faults/caught-error.ts';
import { EnvironmentError } from '../../faults/errors.ts';
import type { FurtherRound } from '../../record/run-record.ts';
import type { Found } from './afterwards/found.ts';
import { measureBrowser } from './afterwards/measure-browser.ts';
import { measureMemory } from './afterwards/measure-memory.ts';
import type { GrowingRecord } from './growing-record.ts';
import type { Run } from './rounds.ts';

const INTERRUPTED = 'the run was interrupted';

interface Part {
  readonly name: FurtherRound;
  readonly measure: () => Promise<Found>;
}

/**
 * After the judged rounds: reading memory takes time that nobody's start should be charged with, and
 * a browser, the last of all, takes the processor that everything else is measured on.
 * `obstacle` is why none of them can tell anything any more.
 */
export async function runFurtherRounds(run: Run, obstacle: string | undefined): Promise<void> {
  const { record } = run;
  const { signal } = run.io;
  let whyNot = obstacle;
  for (const part of partsOf(run)) {
    if (signal.aborted) whyNot = INTERRUPTED;
    if (whyNot === undefined) whyNot = await runPart(record, part, signal);
    else await record.leaveOut(part.name, whyNot);
  }
}

function partsOf({ plan, target, io }: Run): readonly Part[] {
  const { memory, browser } = target;
  const ports = { ...target.ports, ...io };
  const parts: Part[] = [];
  if (memory !== undefined) {
    parts.push({ name: 'memory', measure: () => measureMemory(plan, ports, memory) });
  }
  const { browser: executablePath } = plan;
  if (browser !== undefined && executablePath !== undefined) {
    const measure = (): Promise<Found> => measureBrowser(plan, executablePath, { ...ports, ...browser });
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
