import { describe, expect, it } from 'vitest';

import { DOCUMENT_FORMAT_NAMES, DOCUMENT_FORMATS } from '../../../src/report/files/document-reporters.ts';
import type { RunRecord } from '../../../src/record/run-record.ts';
import { hostileCopy } from '../../helpers/hostile.ts';
import { browserRecord, failedRecord, judgedRecord, passedRecord } from '../../helpers/judged-record.ts';

type Format = (typeof DOCUMENT_FORMAT_NAMES)[number];

async function written(format: Format, ...records: readonly RunRecord[]): Promise<string> {
  const report = await DOCUMENT_FORMATS[format].load();
  return report(records.map((record, index) => ({ name: `run-${index + 1}`, record })));
}

const CAUSE = "failed before 'server ready': Spawn failed: ActivationError: the server died";

describe('every format', () => {
  it.each(DOCUMENT_FORMAT_NAMES.filter((name) => name !== 'html'))(
    'can be written of an interrupted run: %s',
    async (format) => {
      expect(await written(format, judgedRecord([]))).toMatch(/\n$|^$/);
    },
  );

  it.each(['html', 'markdown', 'csv', 'ndjson', 'junit', 'otlp'] as const)(
    'names who failed, with the stage and the cause: %s',
    async (format) => {
      const text = (await written(format, failedRecord())).replaceAll('&#39;', "'");

      expect(text).toContain('bench-r1-u2');
      expect(text).toContain(CAUSE);
    },
  );
});

describe("a person's browser", () => {
  it.each(['html', 'markdown'] as const)(
    'is a table of moments, and says what never came: %s',
    async (format) => {
      const text = await written(format, browserRecord());

      expect(text).toContain('Chromium 140.0, 2 starts');
      expect(text).toContain('JupyterLab shown');
      expect(text).toContain('2840');
      expect(text).toContain('bench-browser-u2, in the browser: Timeout 60000ms exceeded');
    },
  );

  it('is a line for each moment and failure in NDJSON', async () => {
    const lines = (await written('ndjson', browserRecord())).trimEnd().split('\n').slice(-6);

    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      ...(
        [
          ['serverShown', 412.5],
          ['labShown', 2840],
          ['notebookShown', 3900.25],
          ['cellShown', 4100],
        ] as const
      ).map(([moment, fromClickMs]) => ({
        ...{ run: 'run-1', measured: 'browser', user: 'bench-browser-u1', type: 'moment' },
        ...{ moment, fromClickMs },
      })),
      {
        ...{ run: 'run-1', measured: 'browser', user: 'bench-browser-u2', type: 'moment' },
        ...{ moment: 'serverShown', fromClickMs: 500 },
      },
      {
        ...{ run: 'run-1', measured: 'browser', user: 'bench-browser-u2', type: 'failure' },
        cause: 'Timeout 60000ms exceeded',
      },
    ]);
  });

  it('is a gauge in Prometheus, without moments that nobody saw', async () => {
    const text = await written('prometheus', browserRecord());

    expect(text).toContain(
      'forkd_spawner_browser_moment_seconds{backend="embedded",users="1",moment="labShown",statistic="max"} 2.84\n',
    );
    expect(await written('prometheus', passedRecord())).not.toContain('moment=');
  });
});

describe('the Markdown reporter', () => {
  it('shows a failed run as a whole', async () => {
    expect(await written('markdown', failedRecord())).toMatchSnapshot();
  });

  it('shows several runs in one table, and how they scale', async () => {
    const text = await written('markdown', passedRecord(1), passedRecord(5));

    expect(text.slice(0, text.indexOf('## 1 user,'))).toMatchSnapshot();
  });

  it('keeps everything hostile as text', async () => {
    const text = await written('markdown', hostileCopy(failedRecord()));
    const outsideCode = text.replaceAll(/^(`{3,})\n.*?^\1$/gms, '');

    expect(outsideCode).toContain('script');
    expect(outsideCode).not.toMatch(/(?<!\\)<[a-z/]/i);
    // In a table, a bar or a line break would begin another cell.
    for (const line of outsideCode.split('\n').filter((row) => row.startsWith('| cell 1'))) {
      expect(line.match(/(?<!\\)\|/g)).toHaveLength(8);
    }
  });
});

describe('the CSV reporter', () => {
  it('has a line a user, and nothing where nothing was measured', async () => {
    const [head, ...lines] = (await written('csv', failedRecord())).trimEnd().split('\n');

    expect(head).toBe(
      'run,measured,users_at_once,round,warmup,user,outcome,requested_ms,sandbox_created_ms,server_ready_ms,' +
        'kernel_created_ms,connected_ms,kernel_ready_ms,cell1_ms,stopped_ms,stop_duration_ms,failed_stage,cause,restart_ms',
    );
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe(`run-1,ours,2,1,false,bench-r1-u2,failed,10,,,,,,,,,serverReady,${CAUSE},`);
  });

  it('has the users of floor and baseline, too', async () => {
    const lines = (await written('csv', passedRecord())).trimEnd().split('\n');

    expect(lines.filter((line) => /^run-1,(floor|baseline),/.test(line))).toHaveLength(4);
  });

  it('writes what a spreadsheet would run as text', async () => {
    const record = failedRecord();
    const rounds = record.rounds.map((round) => ({
      ...round,
      users: round.users.map((user) => ({ ...user, user: '=HYPERLINK("http://example.test")' })),
    }));

    expect(await written('csv', { ...record, rounds })).toContain(`,"'=HYPERLINK(""http`);
  });
});

describe('the NDJSON reporter', () => {
  it('has every sample of every round on a line of its own', async () => {
    const lines = (await written('ndjson', passedRecord(1))).trimEnd().split('\n');
    const parsed = lines.map((line): unknown => JSON.parse(line));

    // 8 stages, warm-up and judged round, of ours, floor and baseline.
    expect(parsed).toHaveLength(8 * 2 * 3);
    expect(parsed.slice(8, 9)).toEqual([
      {
        ...{ run: 'run-1', measured: 'ours', usersAtOnce: 1, round: 1, warmup: false, user: 'bench-r1-u1' },
        ...{ type: 'sample', stage: 'requested', fromBarrierMs: 20 },
      },
    ]);
  });

  it('has a failure on a line of its own, with the log', async () => {
    expect((await written('ndjson', failedRecord())).trimEnd().split('\n').at(-1)).toContain(
      '"type":"failure","outcome":"failed","stage":"serverReady","cause":"failed before',
    );
  });
});

describe('the Prometheus reporter', () => {
  it('shows a run as a whole, without a statistic that is not defined', async () => {
    const text = await written('prometheus', failedRecord());

    expect(text).toMatchSnapshot();
    expect(text).not.toContain('p95');
    expect(text).toContain('statistic="p50"');
  });

  it('has floor and baseline beside ours', async () => {
    expect(await written('prometheus', passedRecord())).toContain(
      'forkd_spawner_stage_seconds{backend="embedded",users="2",measured="baseline",stage="cell1",statistic="p50"} 8\n',
    );
  });

  it('refuses two runs that would be one series', async () => {
    await expect(written('prometheus', passedRecord(), failedRecord())).rejects.toThrow(
      /run-1 and run-2 would be the same Prometheus series/,
    );
  });
});
