import { STAGE_LABELS, type Stage, STAGES, stageKey } from '../results/stages.ts';
import type { UserRecord } from '../results/user-record.ts';
import { formatMs } from './format-ms.ts';

const WIDTH = 60;
const LABEL_WIDTH = 16;

interface Bar {
  readonly stage: Stage;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where a user's time went: one bar a stage, from the end of the stage before. */
export function waterfall(user: UserRecord): string {
  const bars = barsOf(user);
  const totalMs = bars.at(-1)?.toMs ?? 0;
  return bars.map((bar) => line(bar, totalMs)).join('\n');
}

function barsOf({ stages }: UserRecord): readonly Bar[] {
  let fromMs = 0;
  return STAGES.filter((stage) => stage !== 'stopped').flatMap((stage) => {
    const toMs = stages[stageKey(stage)];
    if (toMs === undefined) return [];
    const bar = { stage, fromMs, toMs };
    fromMs = toMs;
    return [bar];
  });
}

function line({ stage, fromMs, toMs }: Bar, totalMs: number): string {
  const scale = totalMs > 0 ? WIDTH / totalMs : 0;
  const start = Math.round(fromMs * scale);
  const length = Math.max(1, Math.round(toMs * scale) - start);
  const bar = (' '.repeat(start) + '█'.repeat(length)).slice(0, WIDTH + 1).padEnd(WIDTH + 1);
  const label = STAGE_LABELS[stage].padEnd(LABEL_WIDTH);
  return `  ${label} ${bar} +${formatMs(toMs - fromMs)} → ${formatMs(toMs)} ms`;
}
