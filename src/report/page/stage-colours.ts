import type { Stage } from '../../record/stages.ts';

/** A colour is a variable of the page's style sheet, which has one value for light and one for dark. */
export function stageColour(stage: Stage): string {
  return `var(--${stage})`;
}
