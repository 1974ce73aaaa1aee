import { judgedRounds } from '../record/judged-rounds.ts';
import type { RoundRecord, RunRecord } from '../record/run-record.ts';
import { outliers } from '../stats/outliers.ts';
import { slowestUser } from '../stats/summarize.ts';
import { judgeThreshold, thresholdsThat } from './thresholds.ts';

/** What makes a run's figures doubtful, and what to do about it. No part of the verdict. */
export function warningsOf(record: RunRecord): readonly string[] {
  return CHECKS.flatMap((check) => check(record) ?? []);
}

type Check = (record: RunRecord) => readonly string[] | string | undefined;

const CHECKS: readonly Check[] = [
  firstRoundWasSlow,
  roundsWereFarOut,
  machineWasLoaded,
  processorWasTaken,
  clientWasLate,
  clockIsCoarse,
  softThresholdsWereMissed,
];

/** The share of a core that somebody else's work may have taken before our first user was there. */
const MAX_LOAD = 0.75;
/** The share of a round's processor time that others may have had. */
const MAX_TAKEN = 0.02;
/** The share of a round's slowest cell 1 by which the client may be late: its lateness is part of every figure. */
const MAX_LAG = 0.05;
const MAX_UTILIZATION = 0.8;
/** The share of the median cell 1 that a tick of the clock may be. */
const MAX_TICK = 0.01;
/** A long run has too many rounds to name each. */
const MAX_NAMED = 10;

function firstRoundWasSlow(record: RunRecord): string | undefined {
  const { rounds, slowestMs } = slowestByRound(record);
  const [first] = rounds;
  if (first === undefined || !outliers(slowestMs).includes(0)) return undefined;
  return `round ${first.index}, the first that is judged, is far out: the warm-up round was not enough. Run more rounds (--rounds), or use the machine for a while before`;
}

function roundsWereFarOut(record: RunRecord): string | undefined {
  const { rounds, slowestMs } = slowestByRound(record);
  const positions = new Set(outliers(slowestMs));
  const far = rounds.filter((_, position) => position > 0 && positions.has(position));
  if (far.length === 0) return undefined;
  return `the slowest cell 1 is far out ${inRounds(far)} compared with the other rounds: something else may have been at work, so measure again on a quiet machine`;
}

/** The load counts at the very first barrier: at the later ones, our own rounds are part of it. */
function machineWasLoaded({ rounds, environment }: RunRecord): string | undefined {
  const { cores } = environment.host;
  const load = rounds.find(({ index }) => index === 0)?.loadAverage ?? 0;
  if (load <= MAX_LOAD * cores) return undefined;
  return `the load average was ${load.toFixed(1)} on ${cores} cores before the first user: end what else is running, wait a minute, and measure again`;
}

function processorWasTaken({ rounds }: RunRecord): readonly string[] {
  const judged = judgedRounds(rounds);
  const stolen = judged.filter(({ processor }) => (processor?.stolenShare ?? 0) > MAX_TAKEN);
  const throttled = judged.filter(
    ({ processor, wallMs }) => (processor?.throttledMs ?? 0) > MAX_TAKEN * wallMs,
  );
  return [
    ...(stolen.length > 0
      ? [
          `${inRounds(stolen)} the hypervisor kept processor time for others (steal): measure on a machine of your own, or in turns with --floor`,
        ]
      : []),
    ...(throttled.length > 0
      ? [
          `${inRounds(throttled)} the control group's processor quota held processes back (cpu.max): raise it, or say so beside the figures`,
        ]
      : []),
  ];
}

function clientWasLate({ rounds }: RunRecord): string | undefined {
  const late = judgedRounds(rounds).filter(({ users, clientLag: { p99Ms, utilization } }) => {
    const slowestMs = slowestUser(users)?.stages.cell1Ms ?? Infinity;
    return p99Ms > MAX_LAG * slowestMs || utilization > MAX_UTILIZATION;
  });
  if (late.length === 0) return undefined;
  return `${inRounds(late)} this client itself was late, which is part of the figures: measure fewer users at once, or from another machine`;
}

function clockIsCoarse({ environment, summary }: RunRecord): string | undefined {
  const { clockTickMs = 0 } = environment.host;
  const cell1Ms = summary.cell1Ms?.p50 ?? Infinity;
  if (clockTickMs <= MAX_TICK * cell1Ms) return undefined;
  return `the clock ticks every ${clockTickMs.toFixed(1)} ms only: look at /sys/devices/system/clocksource/clocksource0/current_clocksource; differences below that mean nothing`;
}

function softThresholdsWereMissed({ plan, rounds }: RunRecord): readonly string[] {
  return thresholdsThat('warn', plan)
    .map((threshold) => judgeThreshold(threshold, rounds, plan))
    .filter(({ status }) => status !== 'met')
    .map(({ name, status, detail }) => `${name} is ${status}: ${detail}`);
}

function slowestByRound({ rounds }: RunRecord): {
  readonly rounds: readonly RoundRecord[];
  readonly slowestMs: readonly number[];
} {
  const answered = judgedRounds(rounds).filter(({ users }) => slowestUser(users) !== undefined);
  const slowestMs = answered.map(({ users }) => slowestUser(users)?.stages.cell1Ms ?? 0);
  return { rounds: answered, slowestMs };
}

function inRounds(rounds: readonly RoundRecord[]): string {
  const names = rounds.slice(0, MAX_NAMED).map(({ index }) => index);
  const more = rounds.length > MAX_NAMED ? ` and ${rounds.length - MAX_NAMED} more` : '';
  return `in ${rounds.length === 1 ? 'round' : 'rounds'} ${names.join(', ')}${more}`;
}
