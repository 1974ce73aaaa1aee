import { describe, expect, it } from 'vitest';

import { growthTable } from '../../src/report/tables/growth-table.ts';
import { plainTable } from '../../src/text/plain-table.ts';
import { REPORTERS } from '../../src/report/reporters.ts';
import type { RunRecord } from '../../src/record/run-record.ts';
import { summarizeComparison } from '../../src/stats/summarize-comparison.ts';
import { summarize } from '../../src/stats/summarize.ts';
import { failedRecord, judgedRecord } from '../helpers/judged-record.ts';
import { completedUser, failedUser, roundRecord } from '../helpers/run-records.ts';

const PATH = 'bench-results/2026-01-02T03-04-05Z-2u-embedded.json';

const PASSED = judgedRecord([
  roundRecord(0, [completedUser('bench-r0-u1', 900), completedUser('bench-r0-u2', 950)]),
  roundRecord(1, [completedUser('bench-r1-u1', 200), completedUser('bench-r1-u2', 420.75)]),
]);

const FAILED = failedRecord();

describe('the text reporter', () => {
  it('shows a passed run as a whole', () => {
    expect(REPORTERS.text(PASSED, PATH)).toMatchSnapshot();
  });

  it('shows what went wrong in a failed run, with the last log lines', () => {
    expect(REPORTERS.text(FAILED, PATH)).toMatchSnapshot();
  });

  it('says once what several users failed for', () => {
    const error = { stage: 'kernelCreated' as const, message: 'no port left', logLines: ['a line'] };
    const users = [1, 2, 3, 4, 5].map((number) => failedUser(`bench-r1-u${number}`, error));

    const text = REPORTERS.text(judgedRecord([roundRecord(1, users)]), PATH);

    expect(text).toContain(
      "  bench-r1-u1, bench-r1-u2, bench-r1-u3 and 2 more: failed before 'kernel created': no port left\n      a line\n\n",
    );
  });

  it('shows what makes the figures doubtful under the tables, without a change of the verdict', () => {
    const rounds = PASSED.rounds.map((round) => ({ ...round, loadAverage: 7 }));
    const text = REPORTERS.text({ ...PASSED, rounds }, PATH);

    expect(text).toContain('\n\nwarning: the load average was 7.0 on 2 cores before the first user');
    expect(text).toContain('verdict: passed');
  });

  it('shows a run that was interrupted before its first round', () => {
    expect(REPORTERS.text(judgedRecord([]), PATH)).toMatchSnapshot();
  });
});

describe('the text reporter of a run that was compared', () => {
  const floorRounds = [0, 1].map((index) => roundRecord(index, [completedUser('bench-floor-u1', 150)]));
  const baselineRounds = [0, 1].map((index) => roundRecord(index, [completedUser('a', 8000)]));
  const comparisons = {
    floor: summarizeComparison(PASSED.summary, floorRounds, { ...PASSED.backend, kind: 'floor' }),
    baseline: summarizeComparison(PASSED.summary, baselineRounds, { ...PASSED.backend, kind: 'simple' }),
  };
  const usage = { ussMib: 20, pssMib: 40.04, rssMib: 400 };
  const memory = { users: 2, perUser: usage, hub: usage, parent: usage, controller: usage };

  it('shows ours beside floor and baseline, with both ratios, and the memory', () => {
    const text = REPORTERS.text({ ...PASSED, comparisons, memory }, PATH);

    expect(text.slice(text.indexOf('│ p50, ms'), text.indexOf('slowest user'))).toMatchSnapshot();
  });

  it('divides medians of the slowest users', () => {
    expect(comparisons.floor.oursPerTheirs.slowestCell1).toBe(2.805);
    expect(comparisons.baseline.oursPerTheirs.slowestCell1).toBe(0.053);
  });

  it('shows how the cost of a user grows in a sweep', () => {
    const at = (users: number, cell1Ms: number): RunRecord => {
      const rounds = [roundRecord(1, [completedUser('a', cell1Ms)])];
      return { ...PASSED, plan: { ...PASSED.plan, users }, rounds, summary: summarize(rounds) };
    };

    const table = growthTable([at(1, 120), at(5, 400), { ...at(50, 4400), comparisons }]);

    expect(plainTable(table)).toMatchSnapshot();
  });
});

describe('the line reporter', () => {
  it('says in one line what passed', () => {
    expect(REPORTERS.line(PASSED, PATH)).toMatchSnapshot();
  });

  it('names what was not met', () => {
    expect(REPORTERS.line(FAILED, PATH)).toMatchSnapshot();
  });
});

describe('the json reporter', () => {
  it('writes the record on one line', () => {
    const text = REPORTERS.json(PASSED, PATH);

    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toEqual(PASSED);
  });
});
