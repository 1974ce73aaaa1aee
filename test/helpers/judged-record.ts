import { judge } from '../../src/verdict/judge.ts';
import type { RoundRecord, RunRecord } from '../../src/record/run-record.ts';
import { summarizeComparison } from '../../src/stats/summarize-comparison.ts';
import { summarize } from '../../src/stats/summarize.ts';
import { completedUser, failedUser, roundRecord, runRecord } from './run-records.ts';

export function judgedRecord(rounds: RoundRecord[]): RunRecord {
  const empty = runRecord();
  const { verdict, criteria } = judge({ plan: empty.plan, rounds });
  return { ...empty, rounds, summary: summarize(rounds), verdict, criteria: [...criteria] };
}

/** Two users, all well; with floor, baseline and memory. */
export function passedRecord(users = 2): RunRecord {
  const names = Array.from({ length: users }, (_, index) => `u${index + 1}`);
  const record = judgedRecord([
    roundRecord(
      0,
      names.map((name) => completedUser(`bench-r0-${name}`, 900)),
    ),
    roundRecord(
      1,
      names.map((name, index) => completedUser(`bench-r1-${name}`, 200 + 10 * users * index)),
    ),
  ]);
  const rounds = (cell1Ms: number): RoundRecord[] =>
    [0, 1].map((index) => roundRecord(index, [completedUser('compared-u1', cell1Ms)]));
  const { summary, backend } = record;
  const usage = { ussMib: 20, pssMib: 40.04, rssMib: 400 };
  return {
    ...record,
    plan: { ...record.plan, users },
    comparisons: {
      floor: summarizeComparison(summary, rounds(150), { ...backend, kind: 'floor' }),
      baseline: summarizeComparison(summary, rounds(8000), { ...backend, kind: 'simple' }),
    },
    memory: { users, perUser: usage, hub: usage, parent: usage, controller: usage },
  };
}

/** One user of a browser who saw the right output, one to whom JupyterLab never appeared. */
export function browserRecord(): RunRecord {
  const record = passedRecord(1);
  const plan = { ...record.plan, browserStarts: 2 };
  const start = { expression: 'np.arange(4).sum().item()', expected: '6' };
  const moments = { serverShownMs: 412.5, labShownMs: 2840, notebookShownMs: 3900.25, cellShownMs: 4100 };
  const browser = {
    version: '140.0',
    starts: [
      { ...start, ...moments, user: 'bench-browser-u1', actual: '6' },
      {
        ...start,
        serverShownMs: 500,
        user: 'bench-browser-u2',
        actual: null,
        error: 'Timeout 60000ms exceeded',
      },
    ],
  };
  const { verdict, criteria } = judge({ ...record, plan, browser });
  return { ...record, plan, browser, verdict, criteria: [...criteria] };
}

/** One user with a wrong result, one whose server died. */
export function failedRecord(): RunRecord {
  return judgedRecord([
    roundRecord(0, [completedUser('bench-r0-u1', 900)]),
    roundRecord(1, [
      completedUser('bench-r1-u1', 1200, { actual: '7' }),
      failedUser('bench-r1-u2', {
        stage: 'serverReady',
        message: 'Spawn failed: ActivationError: the server died',
        logLines: ['--- last lines of the server’s log ---', 'ImportError: no numpy'],
      }),
    ]),
  ]);
}
