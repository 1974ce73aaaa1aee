import { basename } from 'node:path';

import { judge } from '../acceptance/judge.ts';
import { EnvironmentError } from '../errors.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import {
  type BackendRecord,
  type EnvironmentRecord,
  type PlanRecord,
  type RoundRecord,
  type RunRecord,
  SCHEMA_VERSION,
} from '../results/run-record.ts';
import { compare } from '../stats/compare.ts';
import { summarize } from '../stats/summarize.ts';
import type { BenchPorts } from './ports.ts';
import type { Rival } from './rivals.ts';
import { runRound } from './run-round.ts';

/** Users of the first round meet cold caches everywhere, the client's own code included. */
const WARMUP_ROUNDS = 1;

/** What a run is about besides its plan. */
export interface RunContext {
  readonly startedAt: Date;
  readonly backend: BackendRecord;
  readonly environment: EnvironmentRecord;
  /** Measured after each round of ours, so that a noisy machine hits all alike. */
  readonly rivals?: readonly Rival[];
}

/**
 * Runs the warm-up and the judged rounds, storing the record after each. An aborted `signal` ends
 * the run early: the record is then incomplete, and kept.
 */
export async function runBench(
  plan: BenchPlan,
  context: RunContext,
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<RunRecord> {
  let record = startRecord(plan, context);
  await ports.store(record);
  for (let index = 0; index < plan.rounds + WARMUP_ROUNDS && !signal.aborted; index += 1) {
    const rounds = await nextRounds(index, plan, context.rivals ?? [], ports, signal);
    if (rounds instanceof EnvironmentError) {
      // Before the first round is over there is nothing to keep.
      if (index === 0) throw rounds;
      return keep({ ...record, endedBy: rounds.message }, ports);
    }
    if (rounds === undefined) break;
    record = withRounds(record, rounds);
    await ports.store(record);
    if (!hasAnsweringUser(rounds.ours)) break;
  }
  // Whatever earlier rounds have shown: who interrupts a run asks for no verdict.
  return signal.aborted ? keep({ ...record, verdict: 'incomplete' }, ports) : record;
}

async function keep(record: RunRecord, ports: BenchPorts): Promise<RunRecord> {
  await ports.store(record);
  return record;
}

/** One round of each, in the same order every time. */
interface Rounds {
  readonly ours: RoundRecord;
  readonly theirs: readonly { readonly rival: Rival; readonly round: RoundRecord }[];
}

/** Undefined after an interruption; an error of the hub's, say, which ends the run but not its record. */
async function nextRounds(
  index: number,
  plan: BenchPlan,
  rivals: readonly Rival[],
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<Rounds | EnvironmentError | undefined> {
  const { observer } = ports;
  const run = async (rival?: Rival): Promise<RoundRecord> => {
    const spec = { index, warmup: index < WARMUP_ROUNDS, plan, ...(rival && { rival: rival.name }) };
    observer.roundStarted({ ...spec, users: plan.users });
    const round = await runRound(spec, rival?.connect(observer) ?? ports, signal);
    observer.roundEnded(round);
    return round;
  };
  try {
    const ours = await run();
    const theirs: Rounds['theirs'][number][] = [];
    for (const rival of rivals) theirs.push({ rival, round: await run(rival) });
    return { ours, theirs };
  } catch (error) {
    if (signal.aborted) return undefined;
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
}

function startRecord(plan: BenchPlan, { startedAt, backend, environment }: RunContext): RunRecord {
  const evidence = { plan: toPlanRecord(plan), rounds: [] };
  return {
    schemaVersion: SCHEMA_VERSION,
    startedAt: startedAt.toISOString(),
    verdict: 'incomplete',
    budgetMs: plan.budgetMs,
    backend,
    ...evidence,
    environment,
    summary: {},
    criteria: [...judge(evidence).criteria],
  };
}

function withRounds(record: RunRecord, { ours, theirs }: Rounds): RunRecord {
  const rounds = [...record.rounds, ours];
  const summary = summarize(rounds);
  const comparisons = { ...record.comparisons };
  for (const { rival, round } of theirs) {
    const earlier = comparisons[rival.name]?.rounds ?? [];
    comparisons[rival.name] = compare(summary, [...earlier, round], rival.backend);
  }
  const compared = theirs.length > 0 ? { comparisons } : {};
  const { verdict, criteria } = judge({ plan: record.plan, rounds, ...compared });
  return { ...record, verdict, rounds, summary, criteria: [...criteria], ...compared };
}

/**
 * Another round after one in which nobody got through would only cost another time-out. A cell that
 * raised is an answer, which the judged rounds are there to prove.
 */
function hasAnsweringUser(round: RoundRecord): boolean {
  return round.users.some(({ stages }) => stages.cell1Ms !== undefined);
}

function toPlanRecord(plan: BenchPlan): PlanRecord {
  const { users, rounds, budgetMs, timeoutMs, controller, spawner, comparisons, hub } = plan;
  return {
    ...{ users, rounds, warmupRounds: WARMUP_ROUNDS, budgetMs, timeoutMs, controller, spawner },
    snapshot: plan.snapshot ?? null,
    expressions: plan.expressionSource,
    ...(plan.arrivals.kind !== 'burst' && { arrivals: plan.arrivalsText }),
    ...(plan.arrivals.kind === 'poisson' && { seed: plan.seed }),
    ...(plan.hubConfig !== undefined && { hubConfig: basename(plan.hubConfig) }),
    ...(hub !== undefined && { hub: hub.url }),
    ...(comparisons.length > 0 && { comparisons: [...comparisons] }),
    ...(plan.thresholds.length > 0 && { thresholds: [...plan.thresholds] }),
  };
}
