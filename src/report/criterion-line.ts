import type { Criterion } from '../results/run-record.ts';
import { CRITERION_MARKS } from './criterion-marks.ts';

export function criterionLine({ name, status, detail }: Criterion): string {
  return `${CRITERION_MARKS[status]} ${name}: ${detail}`;
}
