import { backendSentence } from '../../record/backend-sentence.ts';
import type { RunRecord } from '../../record/run-record.ts';
import { countRounds } from '../parts/describe-extent.ts';
import type { Table } from '../../text/table.ts';

/** What was measured, how and where. */
export function environmentTable(record: RunRecord): Table {
  const { startedAt, plan, backend, environment } = record;
  const { host, node, gitCommit } = environment;
  const rows = [
    ['started at', startedAt],
    ['measured', backendSentence(backend)],
    ['spawner', plan.spawner],
    ['controller', plan.controller],
    ['snapshot', plan.snapshot ?? 'the default one'],
    ['users at once', `${plan.users}`],
    ['rounds', `${countRounds(record)} judged, ${plan.warmupRounds} warm-up`],
    ...(plan.durationMs === undefined ? [] : [['duration', `${plan.durationMs / 1000} s`]]),
    ['budget', `${plan.budgetMs} ms`],
    ['time-out', `${plan.timeoutMs} ms`],
    ['expressions', plan.expressions],
    ['processor', `${host.cores} × ${host.cpuModel}`],
    ['memory', `${host.memoryMib} MiB`],
    ['kernel', host.kernel],
    ['load average before', host.loadAverage.map((load) => load.toFixed(2)).join(', ')],
    ['Node.js', node],
    ...(gitCommit === undefined ? [] : [['commit', gitCommit]]),
  ];
  return { head: ['what', 'value'], rows };
}

/** Versions of what client, hub and guest ran on. */
export function packagesTable({ environment }: RunRecord): Table {
  const rows = Object.entries({ ...environment.packages, ...environment.python });
  return { head: ['package', 'version'], rows: rows.toSorted(([a], [b]) => a.localeCompare(b)) };
}
