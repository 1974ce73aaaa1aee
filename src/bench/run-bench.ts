import { judge } from '../acceptance/judge.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import {
  type BackendRecord,
  type EnvironmentRecord,
  type PlanRecord,
  type RoundRecord,
  type RunRecord,
  SCHEMA_VERSION,
} from '../results/run-record.ts';
import { summarize } from '../stats/summarize.ts';
import type { BenchPorts } from './ports.ts';
import { runRound } from './run-round.ts';

/** Users of the first round meet cold caches everywhere, the client's own code included. */
const WARMUP_ROUNDS = 1;

/** What a run is about besides its plan. */
export interface RunContext {
  readonly startedAt: Date;
  readonly backend: BackendRecord;
  readonly environment: EnvironmentRecord;
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
    const round = await nextRound(index, plan, ports, signal);
    if (round === undefined) break;
    record = withRound(record, round);
    await ports.store(record);
    ports.observer.roundEnded(round);
    if (!hasAnsweringUser(round)) break;
  }
  return signal.aborted ? keepInterrupted(record, ports) : record;
}

/** Whatever earlier rounds have shown: who interrupts a run asks for no verdict. */
async function keepInterrupted(record: RunRecord, ports: BenchPorts): Promise<RunRecord> {
  const interrupted: RunRecord = { ...record, verdict: 'incomplete' };
  await ports.store(interrupted);
  return interrupted;
}

async function nextRound(
  index: number,
  plan: BenchPlan,
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<RoundRecord | undefined> {
  const spec = { index, warmup: index < WARMUP_ROUNDS, plan };
  ports.observer.roundStarted(spec);
  try {
    return await runRound(spec, ports, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
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

function withRound(record: RunRecord, round: RoundRecord): RunRecord {
  const rounds = [...record.rounds, round];
  const { verdict, criteria } = judge({ plan: record.plan, rounds });
  return { ...record, verdict, rounds, summary: summarize(rounds), criteria: [...criteria] };
}

/**
 * Another round after one in which nobody got through would only cost another time-out. A cell that
 * raised is an answer, which the judged rounds are there to prove.
 */
function hasAnsweringUser(round: RoundRecord): boolean {
  return round.users.some(({ stages }) => stages.cell1Ms !== undefined);
}

function toPlanRecord(plan: BenchPlan): PlanRecord {
  const { users, rounds, budgetMs, timeoutMs, controller, spawner } = plan;
  return {
    ...{ users, rounds, warmupRounds: WARMUP_ROUNDS, budgetMs, timeoutMs, controller, spawner },
    snapshot: plan.snapshot ?? null,
    expressions: plan.expressionSource,
  };
}
