import type { Criterion } from '../../record/run-record.ts';
import { CRITERION_MARKS } from '../parts/criterion-marks.ts';

export function criterionLine({ name, status, detail }: Criterion): string {
  return `${CRITERION_MARKS[status]} ${name}: ${detail}`;
}
