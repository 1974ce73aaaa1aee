import { EnvironmentError } from '../errors.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { RoundRecord, RunRecord } from '../results/run-record.ts';
import { Course } from './course.ts';
import { GrowingRecord, type Rounds, type RunContext, WARMUP_ROUNDS } from './growing-record.ts';
import type { BenchPorts } from './ports.ts';
import type { Rival } from './rivals.ts';
import { runRound } from './run-round.ts';

/**
 * Runs the warm-up and the judged rounds, storing the record as it grows. An aborted `signal` ends
 * the run early: the record is then incomplete, and kept.
 */
export async function runBench(
  plan: BenchPlan,
  context: RunContext,
  ports: BenchPorts,
  signal: AbortSignal,
): Promise<RunRecord> {
  const record = new GrowingRecord(plan, context, ports.store);
  await record.begin();
  const course = new Course(plan, ports.clock);
  for (let index = 0; !signal.aborted && course.beginRound(); index += 1) {
    const rounds = await nextRounds(index, plan, context.rivals ?? [], ports, signal);
    if (rounds instanceof EnvironmentError) {
      // Before the first round is over there is nothing to keep.
      if (index === 0) throw rounds;
      return record.end({ endedBy: rounds.message });
    }
    if (rounds === undefined) break;
    await record.add(rounds, course.roundEnded());
    if (!hasAnsweringUser(rounds.ours)) break;
    const lost = plan.failFast ? record.whyLost() : undefined;
    if (lost !== undefined) return record.end({ endedBy: lost });
  }
  // Whatever earlier rounds have shown: who interrupts a run asks for no verdict.
  return record.end(signal.aborted ? { verdict: 'incomplete' } : course.ending());
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
