import { describe, expect, it } from 'vitest';

import type { CellOutput } from '../../../../src/kernel/cell-output.ts';
import { type RunRecord, runRecordSchema } from '../../../../src/record/run-record.ts';
import { isRight } from '../../../../src/record/user-record.ts';
import { reportText } from '../../../../src/report/text/text-reporter.ts';
import { benchStandIn, runBench, standInPlan } from '../../../helpers/bench-stand-in.ts';
import { runRecord } from '../../../helpers/run-records.ts';

const { backend, environment } = runRecord();
const CONTEXT = { startedAt: new Date('2026-01-02T03:04:05Z'), backend, environment };
const NEVER = new AbortController().signal;

const MORE = [
  { expression: 'show a', expected: 'a', thinkMs: 0 },
  { expression: 'show b', expected: 'b', thinkMs: 1 },
];

/** One user that runs two cells after its first one. */
async function run(output?: (code: string) => CellOutput, thinkMs = 1): Promise<RunRecord> {
  const first = { code: 'show 1', expression: 'show 1', expected: '1' };
  const more = MORE.map((cell) => ({ ...cell, thinkMs: Math.min(cell.thinkMs, 1) * thinkMs }));
  const { ports } = benchStandIn(output === undefined ? {} : { output: (_, code) => output(code) });
  const plan = standInPlan({ expressions: [{ ...first, more }], timeoutMs: thinkMs > 1 ? 50 : 5000 });
  const record = await runBench(plan, CONTEXT, ports, NEVER);
  return runRecordSchema.strict().parse(record);
}

const shown = (text: string): CellOutput => ({ kind: 'shown', text });

function criterionOf({ criteria }: RunRecord): string | undefined {
  return criteria.find(({ name }) => name === 'every later cell is right')?.status;
}

describe('a script of several cells', () => {
  it('times each cell by itself, in order, on the kernel of the first one', async () => {
    const codes: string[] = [];
    const record = await run((code) => {
      codes.push(code);
      return shown(code.replace('show ', ''));
    });

    expect(codes).toEqual(['show 1', 'show a', 'show b', 'show 1', 'show a', 'show b']);
    expect(record.rounds[1]?.users[0]?.cells).toEqual([
      { expression: 'show a', expected: 'a', actual: 'a', durationMs: 10 },
      { expression: 'show b', expected: 'b', actual: 'b', durationMs: 10 },
    ]);
    expect([record.verdict, criterionOf(record)]).toEqual(['passed', 'met']);
    expect(reportText(record, 'r.json')).toMatch(/cell 3 .*10\.0/);
  });

  it('fails on a later cell that is wrong, though the first one was right', async () => {
    const record = await run((code) => shown(code === 'show b' ? 'z' : code.replace('show ', '')));

    expect([record.verdict, criterionOf(record)]).toEqual(['failed', 'missed']);
    expect(reportText(record, 'r.json')).toContain('a later cell, show b: showed z instead of b');
  });

  it('takes a cell that is to show nothing for right when it shows nothing', async () => {
    const silent = await run((code) =>
      code === 'show b' ? { kind: 'shown', text: null } : shown(code.slice(-1)),
    );
    const { cells = [] } = silent.rounds[1]?.users[0] ?? {};

    expect(cells.map((cell) => isRight(cell))).toEqual([true, false]);
    expect(cells.map((cell) => isRight({ ...cell, expected: '' }))).toEqual([false, true]);
  });

  it('runs nothing after a cell that raises', async () => {
    const record = await run((code) =>
      code === 'show a'
        ? { kind: 'raised', name: 'ValueError', message: 'no' }
        : shown(code.replace('show ', '')),
    );

    expect(record.rounds[1]?.users[0]?.cells?.map(({ error }) => error)).toEqual([
      'the cell raised ValueError: no',
      'the cell before it failed',
    ]);
    expect(criterionOf(record)).toBe('missed');
  });

  it('is incomplete when the user’s time is up in a pause', async () => {
    const record = await run(undefined, 3_600_000);

    expect(record.rounds[1]?.users[0]).toMatchObject({
      outcome: 'completed',
      cells: [{ actual: 'a' }, { actual: null, error: 'not done 50 ms after the barrier' }],
    });
    expect([record.verdict, criterionOf(record)]).toEqual(['incomplete', 'unknown']);
  });
});
