import { describe, expect, it } from 'vitest';

import type { ComparedHub } from '../../../../src/bench/target/bench-target.ts';
import { type RunRecord, runRecordSchema } from '../../../../src/record/run-record.ts';
import { reportCsv } from '../../../../src/report/files/csv-reporter.ts';
import { reportMarkdown } from '../../../../src/report/files/markdown-reporter.ts';
import { reportNdjson } from '../../../../src/report/files/ndjson-reporter.ts';
import { reportPrometheus } from '../../../../src/report/files/prometheus-reporter.ts';
import { reportText } from '../../../../src/report/text/text-reporter.ts';
import { benchStandIn, type StandInPorts, runBench, standInPlan } from '../../../helpers/bench-stand-in.ts';
import { runRecord } from '../../../helpers/run-records.ts';

const { backend, environment } = runRecord();
const CONTEXT = { startedAt: new Date('2026-01-02T03:04:05Z'), backend, environment };
const NEVER = new AbortController().signal;

async function run(ports: StandInPorts, comparisons: readonly ComparedHub[] = []): Promise<RunRecord> {
  const plan = standInPlan({ restart: true });
  const record = await runBench(plan, { ...CONTEXT, comparisons }, ports, NEVER);
  return runRecordSchema.strict().parse(record);
}

const userOf = ({ rounds }: RunRecord) => rounds[1]?.users[0];

describe('a restart of the kernel', () => {
  it('comes after the check of the ports, runs the cell again, and is followed by the stop', async () => {
    const { ports, log } = benchStandIn();

    const record = await run(ports);

    const judged = log.slice(log.indexOf('execute bench-r1-u1'));
    expect(judged.map((entry) => entry.split(' ')[0])).toEqual([
      'execute',
      'probe',
      'restart',
      'execute',
      'dispose',
      'stopServer',
    ]);
    expect(userOf(record)?.restartMs).toBe(10);
    expect(record.summary.restartMs).toMatchObject({ samples: 1, p50: 10 });
    expect(record.plan.restart).toBe(true);
  });

  it('is not made where it was not asked for', async () => {
    const { ports, log } = benchStandIn();

    const record = await runBench(standInPlan(), CONTEXT, ports, NEVER);

    expect(log.some((entry) => entry.startsWith('restart'))).toBe(false);
    expect(record.summary.restartMs).toBeUndefined();
    expect(record.plan.restart).toBeUndefined();
    expect(reportText(record, 'r.json')).not.toContain('restart');
  });

  it('has no time when it fails, which is told', async () => {
    const { ports } = benchStandIn({
      at: (step) => {
        if (step === 'restart') throw new Error('no kernel came back');
      },
    });

    const record = await run(ports);

    expect(userOf(record)).toMatchObject({ outcome: 'completed', restartError: 'no kernel came back' });
    expect(record.summary.restartMs).toBeUndefined();
    expect(record.verdict).toBe('failed');
    expect(reportText(record, 'r.json')).toContain('✘ every kernel was restarted: 0 of 1 users');
    expect(reportText(record, 'r.json')).toContain('the kernel was not restarted: no kernel came back');
  });

  it('has no time when the cell shows something else than before', async () => {
    let cells = 0;
    const { ports } = benchStandIn({ output: () => ({ kind: 'shown', text: (cells += 1) % 2 ? '1' : '7' }) });

    expect(userOf(await run(ports))?.restartError).toBe('the cell showed 7 instead of 1');
  });

  it("is the baseline's too, and not the floor's", async () => {
    const compared = (name: ComparedHub['name']) => {
      const { ports, log } = benchStandIn();
      return { log, hub: { name, backend, ports } };
    };
    const floor = compared('floor');
    const baseline = compared('baseline');

    const record = await run(benchStandIn().ports, [floor.hub, baseline.hub]);

    expect(floor.log.filter((entry) => entry.startsWith('restart'))).toEqual([]);
    expect(record.comparisons?.baseline?.summary.restartMs).toMatchObject({ p50: 10 });
    expect(reportText(record, 'r.json')).toMatch(/restart of the kernel, p95/);
  });

  it('is in every report that lists figures', async () => {
    const runs = [{ name: 'r', record: await run(benchStandIn().ports) }];

    expect(reportText(runs[0]?.record ?? runRecord(), 'r.json')).toMatch(
      /restart of the kernel, by itself.*10\.0/,
    );
    expect(reportMarkdown(runs)).toContain('restart of the kernel, by itself');
    expect(reportCsv(runs).split('\n')[0]).toMatch(/,restart_ms$/);
    expect(reportNdjson(runs)).toContain('"type":"restart","durationMs":10');
    expect(await reportPrometheus(runs)).toMatch(/kernel_restart_seconds\{.*statistic="p50".*\} 0\.01/);
  });
});
