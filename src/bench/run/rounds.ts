import { EnvironmentError } from '../../faults/errors.ts';
import type { RoundRecord } from '../../record/run-record.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { BenchTarget, ComparedHub } from '../target/bench-target.ts';
import type { RunIo } from '../target/run-io.ts';
import { Course } from './course.ts';
import { type GrowingRecord, type Rounds, WARMUP_ROUNDS } from './growing-record.ts';
import { runRound } from './round/run-round.ts';

/** A plan that is being run. */
export interface Run {
  readonly plan: BenchPlan;
  readonly target: Pick<BenchTarget, 'ports' | 'comparisons' | 'memory' | 'browser'>;
  readonly io: Pick<RunIo, 'observer' | 'signal'>;
  readonly record: GrowingRecord;
}

/** @returns why further rounds of any kind would show nothing more; undefined where they would */
export async function runRounds(run: Run): Promise<string | undefined> {
  const { plan, target, io, record } = run;
  const course = new Course(plan, target.ports.clock);
  for (let index = 0; !io.signal.aborted && course.beginRound(); index += 1) {
    const rounds = await nextRounds(run, index);
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
  const endedBy = io.signal.aborted ? undefined : course.whyFull();
  if (endedBy !== undefined) await record.include({ endedBy });
  return undefined;
}

/**
 * Runs a round of ours and one of each comparison. Undefined after an interruption; an error of the
 * hub's, say, is returned, since it ends the run but not its record.
 */
async function nextRounds(run: Run, index: number): Promise<Rounds | EnvironmentError | undefined> {
  try {
    const ours = await nextRound(run, index);
    const theirs: Rounds['theirs'][number][] = [];
    for (const hub of run.target.comparisons) theirs.push({ hub, round: await nextRound(run, index, hub) });
    return { ours, theirs };
  } catch (error) {
    if (run.io.signal.aborted) return undefined;
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
}

async function nextRound({ plan, target, io }: Run, index: number, hub?: ComparedHub): Promise<RoundRecord> {
  const spec = { index, warmup: index < WARMUP_ROUNDS, plan, ...(hub && { comparison: hub.name }) };
  io.observer.roundStarted(spec);
  const round = await runRound(spec, { ...(hub ?? target).ports, ...io });
  io.observer.roundEnded(round);
  return round;
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
