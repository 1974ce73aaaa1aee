import { EnvironmentError } from '../../faults/errors.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { AcceptanceRecord } from '../../record/acceptance-record.ts';
import type { RoundRecord, RunRecord } from '../../record/run-record.ts';
import { Course } from './course.ts';
import { type FurtherPorts, runFurtherRounds } from './further-rounds.ts';
import { GrowingRecord, type Rounds, type RunContext, WARMUP_ROUNDS } from './growing-record.ts';
import type { BenchPorts } from '../target/ports.ts';
import type { Rival } from '../target/comparisons.ts';
import { runRound } from './round/run-round.ts';

/** What comes after the judged rounds. */
export interface AfterRounds extends FurtherPorts {
  /** Last of all: what else is to be found out where a run is to be accepted. */
  readonly examine?: (signal: AbortSignal) => Promise<AcceptanceRecord>;
}

/**
 * Runs the warm-up, the judged rounds and what comes after them, storing the record as it grows. An
 * aborted `signal` ends the run early: the record is then incomplete, and kept.
 */
export async function runBench(
  plan: BenchPlan,
  context: RunContext,
  ports: BenchPorts,
  signal: AbortSignal,
  { examine, ...further }: AfterRounds = {},
): Promise<RunRecord> {
  const record = new GrowingRecord(plan, context, ports.store);
  await record.begin();
  const stopped = await runRounds(record, plan, context.rivals ?? [], ports, signal);
  if (stopped !== undefined && !signal.aborted) await record.include({ endedBy: stopped });
  await runFurtherRounds(record, plan, further, ports, signal, stopped);
  if (examine !== undefined && !signal.aborted) await record.include({ acceptance: await examine(signal) });
  if (signal.aborted) await record.include({ interrupted: true });
  return record.end();
}

/** @returns why further rounds of any kind would show nothing more; undefined where they would */
async function runRounds(
  record: GrowingRecord,
  plan: BenchPlan,
  rivals: readonly Rival[],
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const course = new Course(plan, ports.clock);
  for (let index = 0; !signal.aborted && course.beginRound(); index += 1) {
    const rounds = await nextRounds(index, plan, rivals, ports, signal);
    if (rounds instanceof EnvironmentError) {
      // Before the first round is over there is nothing to keep.
      if (index === 0) throw rounds;
      return rounds.message;
    }
    if (rounds === undefined) return undefined;
    await record.add(rounds, course.roundEnded());
    if (!hasAnsweringUser(rounds.ours)) return nobodyAnswered(rounds.ours);
    const lost = plan.failFast ? record.whyLost() : undefined;
    if (lost !== undefined) return lost;
  }
  const endedBy = signal.aborted ? undefined : course.whyFull();
  if (endedBy !== undefined) await record.include({ endedBy });
  return undefined;
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

/**
 * Another round after one in which nobody got through would only cost another time-out. A cell that
 * raised is an answer, which the judged rounds are there to prove.
 */
function hasAnsweringUser(round: RoundRecord): boolean {
  return round.users.some(({ stages }) => stages.cell1Ms !== undefined);
}

function nobodyAnswered({ warmup, index }: RoundRecord): string {
  return `no user got to the end of cell 1 in ${warmup ? 'the warm-up round' : `round ${index}`}`;
}
