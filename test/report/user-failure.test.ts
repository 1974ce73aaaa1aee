import { describe, expect, it } from 'vitest';

import { DOCUMENT_FORMATS } from '../../src/report/files/document-reporters.ts';
import { reportText } from '../../src/report/text/text-reporter.ts';
import type { RunRecord } from '../../src/record/run-record.ts';
import type { CellRecord, UserRecord } from '../../src/record/user-record.ts';
import { judgedRecord } from '../helpers/judged-record.ts';
import { completedUser, failedUser, roundRecord } from '../helpers/run-records.ts';

const RIGHT: CellRecord = { expression: 'a', expected: 'a', actual: 'a', durationMs: 1 };
const NOT_RUN: CellRecord = { ...RIGHT, actual: null, error: 'the cell before it failed' };
const LATE = {
  ...RIGHT,
  actual: null,
  error: 'not done 5 ms after the barrier',
  outcome: 'timed-out',
} as const;
const DIED = { message: 'the server died', logLines: [] };

const user = (changes: Partial<UserRecord>): UserRecord => completedUser('u', 100, changes);

/** Each kind of failure: the user, and the stage, outcome and cause that every report has to show. */
const KINDS: readonly (readonly [string, UserRecord, string, string, string])[] = [
  [
    'a start that failed',
    failedUser('u', { stage: 'serverReady', ...DIED }),
    'serverReady',
    'failed',
    'died',
  ],
  [
    'a start that took too long',
    { ...failedUser('u', { stage: 'kernelReady', ...DIED }), outcome: 'timed-out' },
    ...(['kernelReady', 'timed-out', 'timed-out before'] as const),
  ],
  [
    'a start that was interrupted',
    { ...failedUser('u', { stage: 'requested', ...DIED }), outcome: 'aborted' },
    ...(['requested', 'aborted', 'aborted before'] as const),
  ],
  ['a wrong first cell', user({ actual: '7' }), 'cell1', 'failed', 'showed 7 instead of 6'],
  [
    'a wrong second cell',
    user({ cells: [{ ...RIGHT, actual: 'z' }, NOT_RUN] }),
    ...(['cell2', 'failed', 'showed z instead of a'] as const),
  ],
  [
    'a third cell that raised',
    user({ cells: [RIGHT, { ...RIGHT, actual: null, error: 'the cell raised E: no' }] }),
    ...(['cell3', 'failed', 'the cell raised E: no'] as const),
  ],
  ['a second cell that took too long', user({ cells: [LATE] }), 'cell2', 'timed-out', 'not done 5 ms'],
  [
    'ports of the kernel that do not answer',
    user({ zmqProbe: { status: 'failed', cause: 'no heartbeat' } }),
    ...(['kernelPorts', 'failed', 'no heartbeat'] as const),
  ],
  [
    'a kernel that is not restarted',
    user({ restartError: 'no kernel' }),
    ...(['restart', 'failed', 'the kernel was not restarted: no kernel'] as const),
  ],
  [
    'a server that does not stop',
    user({ stopError: 'still there' }),
    ...(['stopped', 'failed', 'not stopped: still there'] as const),
  ],
];

async function written(format: keyof typeof DOCUMENT_FORMATS, record: RunRecord): Promise<string> {
  const report = await DOCUMENT_FORMATS[format].load();
  return report([{ name: 'run', record }]);
}

describe.each(KINDS)('%s', (_, failed, stage, outcome, cause) => {
  const record = judgedRecord([roundRecord(1, [failed])]);

  it('is a line of CSV', async () => {
    const [, line = ''] = (await written('csv', record)).split('\n');

    expect(line).toContain(`,u,${outcome},`);
    expect(line).toMatch(new RegExp(`,${stage},"?[^"]*${cause}`));
  });

  it('is a failure in NDJSON', async () => {
    const lines = (await written('ndjson', record)).trimEnd().split('\n');

    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      ...{ type: 'failure', outcome, stage },
      cause: expect.stringContaining(cause),
    });
  });

  it('is a failed test case in JUnit', async () => {
    const text = await written('junit', record);

    expect(text).toMatch(new RegExp(`<failure type="${stage}" message="[^"]*${cause}`));
  });

  it('is an error in OTLP', async () => {
    const text = await written('otlp', record);

    expect(text).toContain(`{"key":"outcome","value":{"stringValue":"${outcome}"}}`);
    expect(text).toContain(`{"key":"forkd_spawner.failed_stage","value":{"stringValue":"${stage}"}}`);
    expect(text).toContain('"status":{"code":2');
  });

  it('is counted by its outcome in Prometheus', async () => {
    expect(await written('prometheus', record)).toContain(`users="2",outcome="${outcome}"} 1\n`);
  });

  it('is a cross in the page’s waterfall, and an outcome in its table', async () => {
    const text = await written('html', record);

    expect(text).toMatch(/✘ (before|in|at|while) /);
    expect(text).toContain(`>${outcome}</td>`);
    expect(text).toContain(': 0 of 1 completed');
  });

  it('is named to people', async () => {
    expect(reportText(record, 'r.json')).toContain(cause);
    expect(await written('markdown', record)).toContain(cause);
  });
});

describe('a user who is well', () => {
  it('has no failure anywhere', async () => {
    const record = judgedRecord([roundRecord(1, [user({ cells: [RIGHT, RIGHT] })])]);

    expect((await written('csv', record)).trimEnd()).toMatch(/,u,completed,.*,,$/);
    expect(await written('ndjson', record)).not.toContain('failure');
    expect(await written('otlp', record)).not.toContain('failed_stage');
    expect(await written('html', record)).not.toContain('✘ ');
  });
});
