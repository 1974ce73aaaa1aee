import { type Stage, STAGE_LABELS, STAGES } from '../../record/stages.ts';

/** The stage that each user has got to the end of last; undefined before the first. */
export type Reached = readonly (Stage | undefined)[];

/** More users than that aren't looked at one by one, nor do they fit into many terminals. */
const MAX_LISTED = 20;
const BAR_WIDTH = 20;
const DONE = '■';
const OPEN = '·';

/** Users × stages, as far as they are: a line a user, or a line a stage where the users are many. */
export function liveFrame(reached: Reached): string {
  return (reached.length > MAX_LISTED ? stageLines(reached) : userLines(reached)).join('\n');
}

function userLines(reached: Reached): readonly string[] {
  const width = String(reached.length).length;
  return reached.map((stage, index) => {
    const label = stage === undefined ? '' : ` ${STAGE_LABELS[stage]}`;
    return `user ${String(index + 1).padStart(width)} ${bar(stagesDone(stage), STAGES.length)}${label}`;
  });
}

function stageLines(reached: Reached): readonly string[] {
  const labelWidth = Math.max(...STAGES.map((stage) => STAGE_LABELS[stage].length));
  const width = String(reached.length).length;
  return STAGES.map((stage, index) => {
    const through = reached.filter((one) => stagesDone(one) > index).length;
    const filled = Math.floor((through / reached.length) * BAR_WIDTH);
    const label = STAGE_LABELS[stage].padEnd(labelWidth);
    return `${label} ${bar(filled, BAR_WIDTH)} ${String(through).padStart(width)} of ${reached.length} users`;
  });
}

/** The stages that a spawner leaves out count as well: a user's stages are over in their order. */
function stagesDone(stage: Stage | undefined): number {
  return stage === undefined ? 0 : STAGES.indexOf(stage) + 1;
}

function bar(filled: number, width: number): string {
  return DONE.repeat(filled) + OPEN.repeat(width - filled);
}
