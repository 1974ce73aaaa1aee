import type { Criterion } from '../../record/run-record.ts';

/** Always beside the word or the sentence: a mark alone says little to a screen reader. */
export const CRITERION_MARKS: Readonly<Record<Criterion['status'], string>> = {
  met: '✔',
  missed: '✘',
  unknown: '?',
  skipped: '–',
};

export function criterionLine({ name, status, detail }: Criterion): string {
  return `${CRITERION_MARKS[status]} ${name}: ${detail}`;
}
