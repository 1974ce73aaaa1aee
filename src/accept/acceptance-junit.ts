import { backendSentence } from '../record/backend-sentence.ts';
import type { RunRecord } from '../record/run-record.ts';
import { criterionCase, junitDocument } from '../report/files/junit-document.ts';

const SUITE = 'forkd-spawner accept';

/** JUnit's first schema knows neither fractions of a second nor zones. */
const TIMESTAMP_LENGTH = 'YYYY-MM-DDThh:mm:ss'.length;

/** JUnit XML with one test case a criterion. Nothing of it was run for itself: all times are zero. */
export function acceptanceJunit({ startedAt, backend, verdict, criteria }: RunRecord): string {
  const suite = {
    name: SUITE,
    startedAt: startedAt.slice(0, TIMESTAMP_LENGTH),
    hostname: 'localhost',
    durationMs: 0,
    properties: { measured: backendSentence(backend), verdict },
    cases: criteria.map((criterion) => ({ ...criterionCase(criterion), durationMs: 0 })),
  };
  return junitDocument([suite]);
}
