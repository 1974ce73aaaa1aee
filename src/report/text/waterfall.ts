import { type StageStep, stageSteps } from '../../record/stage-steps.ts';
import { STAGE_LABELS } from '../../record/stages.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { formatMs } from '../../text/format-ms.ts';

const WIDTH = 60;
const LABEL_WIDTH = 16;

/** Where a user's time went: one bar a stage, from the end of the stage before. */
export function waterfall(user: UserRecord): string {
  const bars = stageSteps(user.stages);
  const totalMs = bars.at(-1)?.toMs ?? 0;
  return bars.map((bar) => line(bar, totalMs)).join('\n');
}

function line({ stage, fromMs, toMs }: StageStep, totalMs: number): string {
  const scale = totalMs > 0 ? WIDTH / totalMs : 0;
  const start = Math.round(fromMs * scale);
  const length = Math.max(1, Math.round(toMs * scale) - start);
  const bar = (' '.repeat(start) + '█'.repeat(length)).slice(0, WIDTH + 1).padEnd(WIDTH + 1);
  const label = STAGE_LABELS[stage].padEnd(LABEL_WIDTH);
  return `  ${label} ${bar} +${formatMs(toMs - fromMs)} → ${formatMs(toMs)} ms`;
}
