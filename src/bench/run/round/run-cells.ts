import { messageWithCauses } from '../../../faults/caught-error.ts';
import { setTimeout as delay } from 'node:timers/promises';

import type { FurtherCell } from '../../plan/expression-set.ts';
import type { CellRecord } from '../../../record/user-record.ts';
import { toMicroseconds } from '../../../time/clock.ts';
import { kindOfEnd, type UserOutcome } from './outcome.ts';
import type { BenchKernel, RoundPorts } from '../../target/ports.ts';

/** Runs what a user does after cell 1, pauses included. Never rejects: what isn't done says why. */
export async function runCells(
  cells: readonly FurtherCell[],
  kernel: BenchKernel | undefined,
  { outcome }: UserOutcome,
  ports: Pick<RoundPorts, 'clock' | 'signal'>,
): Promise<readonly CellRecord[]> {
  const records: CellRecord[] = [];
  let obstacle = outcome === 'completed' ? undefined : 'the user did not get through cell 1';
  for (const { thinkMs, ...cell } of cells) {
    const record =
      kernel === undefined || obstacle !== undefined
        ? { ...cell, actual: null, error: obstacle ?? 'the user has no kernel' }
        : await runCell({ ...cell, thinkMs }, kernel, ports);
    // In a notebook, too, nothing is run after a cell that failed.
    if (record.error !== undefined) obstacle ??= 'the cell before it failed';
    records.push(record);
  }
  return records;
}

async function runCell(
  { thinkMs, ...cell }: FurtherCell,
  kernel: BenchKernel,
  { clock, signal }: Pick<RoundPorts, 'clock' | 'signal'>,
): Promise<CellRecord> {
  try {
    await delay(thinkMs, undefined, { signal });
    const startedMs = clock.now();
    const output = await kernel.execute(cell.expression);
    const durationMs = toMicroseconds(clock.now() - startedMs);
    if (output.kind === 'shown') return { ...cell, actual: output.text, durationMs };
    const error = `the cell raised ${output.name}: ${output.message}`;
    return { ...cell, actual: null, durationMs, error, outcome: 'failed' };
  } catch (cause) {
    const error = messageWithCauses(signal.aborted ? signal.reason : cause);
    return { ...cell, actual: null, error, outcome: kindOfEnd(signal) };
  }
}
