import { Gauge, Registry } from 'prom-client';

import { BROWSER_MOMENTS, type BrowserRecord } from '../../record/browser-record.ts';
import { judgedUsers } from '../../record/judged-rounds.ts';
import { UsageError } from '../../faults/errors.ts';
import type { RunRecord, Statistics, Summary } from '../../record/run-record.ts';
import { momentStatistics } from '../../stats/moment-statistics.ts';
import { START_STAGES, stageKey } from '../../record/stages.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { outcomeOf } from '../parts/user-failure.ts';

/** What stays the same from one run to the next, so that they make one series. */
interface RunLabels {
  readonly backend: string;
  readonly users: string;
}

/** Prometheus' text format, for a textfile collector or a push gateway; times in seconds, as is the custom there. */
export async function reportPrometheus(runs: readonly ReportedRun[]): Promise<string> {
  refuseDoubles(runs);
  const registry = new Registry();
  const gauges = makeGauges(registry);
  for (const { record } of runs) fill(gauges, record);
  return registry.metrics();
}

/** A series has one value at a time. */
function refuseDoubles(runs: readonly ReportedRun[]): void {
  for (const [key, same] of Map.groupBy(runs, ({ record }) => JSON.stringify(labelsOf(record)))) {
    if (same.length < 2) continue;
    const names = same.map(({ name }) => name).join(' and ');
    throw new UsageError(`${names} would be the same Prometheus series ${key}`, {
      hint: 'give --prometheus one record for each backend and number of users',
    });
  }
}

type Gauges = ReturnType<typeof makeGauges>;

function makeGauges(registry: Registry) {
  const gauge = <T extends string>(
    name: string,
    help: string,
    labelNames: readonly T[] = [],
  ): Gauge<T | keyof RunLabels> =>
    new Gauge({
      name: `forkd_spawner_${name}`,
      help,
      labelNames: ['backend', 'users', ...labelNames],
      registers: [registry],
    });
  return {
    stage: gauge(
      'stage_seconds',
      'From the barrier until the stage was over, completed users of judged rounds.',
      ['measured', 'stage', 'statistic'],
    ),
    restart: gauge(
      'kernel_restart_seconds',
      'From the request to restart a kernel until it has run a cell again, completed users of judged rounds.',
      ['measured', 'statistic'],
    ),
    samples: gauge('stage_samples', 'How many samples the statistics of a stage are of.', [
      'measured',
      'stage',
    ]),
    moment: gauge(
      'browser_moment_seconds',
      "From the click on 'Start My Server' until a person sees it, one person at a time.",
      ['moment', 'statistic'],
    ),
    outcome: gauge('users', 'Users of judged rounds by how they ended.', ['outcome']),
    verdict: gauge('verdict', "1 for the run's verdict.", ['verdict']),
    criterion: gauge('criterion', "1 for the criterion's status.", ['criterion', 'status']),
    budget: gauge('budget_seconds', 'The time that every cell 1 must be done in.'),
    startedAt: gauge('run_start_timestamp_seconds', 'When the run started.'),
  };
}

function fill(gauges: Gauges, record: RunRecord): void {
  const labels = labelsOf(record);
  const { floor, baseline } = record.comparisons ?? {};
  const summaries = { ours: record.summary, floor: floor?.summary, baseline: baseline?.summary };
  for (const [measured, summary] of Object.entries(summaries)) {
    if (summary === undefined) continue;
    fillStages(gauges, { ...labels, measured }, summary);
    fillRestarts(gauges, { ...labels, measured }, summary);
  }
  if (record.browser !== undefined) fillMoments(gauges, labels, record.browser);
  const users = judgedUsers(record.rounds);
  for (const [outcome, some] of Map.groupBy(users, outcomeOf)) {
    gauges.outcome.set({ ...labels, outcome }, some.length);
  }
  gauges.verdict.set({ ...labels, verdict: record.verdict }, 1);
  for (const { name, status } of record.criteria)
    gauges.criterion.set({ ...labels, criterion: name, status }, 1);
  gauges.budget.set({ ...labels }, toSeconds(record.budgetMs));
  gauges.startedAt.set({ ...labels }, Date.parse(record.startedAt) / 1000);
}

function fillStages(
  gauges: Gauges,
  labels: RunLabels & { readonly measured: string },
  summary: Summary,
): void {
  const stages = [...START_STAGES.map((stage) => [stage, summary[stageKey(stage)]] as const)];
  for (const [stage, statistics] of [...stages, ['slowestCell1', summary.slowestCell1Ms] as const]) {
    if (statistics === undefined) continue;
    gauges.samples.set({ ...labels, stage }, statistics.samples);
    for (const [statistic, ms] of definedTimes(statistics)) {
      gauges.stage.set({ ...labels, stage, statistic }, toSeconds(ms));
    }
  }
}

function fillRestarts(
  gauges: Gauges,
  labels: RunLabels & { readonly measured: string },
  { restartMs }: Summary,
): void {
  if (restartMs === undefined) return;
  for (const [statistic, ms] of definedTimes(restartMs)) {
    gauges.restart.set({ ...labels, statistic }, toSeconds(ms));
  }
}

function fillMoments(gauges: Gauges, labels: RunLabels, browser: BrowserRecord): void {
  for (const moment of BROWSER_MOMENTS) {
    const statistics = momentStatistics(browser, moment);
    if (statistics === undefined) continue;
    for (const [statistic, ms] of definedTimes(statistics)) {
      gauges.moment.set({ ...labels, moment, statistic }, toSeconds(ms));
    }
  }
}

/** Seconds are given to the microsecond, which is as fine as they were measured. */
function toSeconds(ms: number): number {
  return Math.round(ms * 1000) / 1_000_000;
}

/** What isn't defined is not there: no series, never 0. */
function definedTimes({ min, p50, p95, max }: Statistics): readonly (readonly [string, number])[] {
  return [
    ['min', min],
    ['p50', p50],
    ...(p95 === undefined ? [] : [['p95', p95] as const]),
    ['max', max],
  ] as const;
}

function labelsOf({ backend, plan }: RunRecord): RunLabels {
  return { backend: backend.kind, users: `${plan.users}` };
}
