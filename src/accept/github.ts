import { backendSentence } from '../record/backend-sentence.ts';
import type { Criterion, RunRecord } from '../record/run-record.ts';
import { describeExtent } from '../report/parts/describe-extent.ts';

const MARKS: Readonly<Record<Criterion['status'], string>> = {
  met: '✅',
  missed: '❌',
  unknown: '❔',
  skipped: '➖',
};

/** Markdown for a job's summary. */
export function githubSummary(record: RunRecord): string {
  const { plan, backend, verdict, criteria } = record;
  return [
    `## forkd-spawner: ${verdict}`,
    '',
    `${backendSentence(backend)}, ${plan.users} users at once, ${describeExtent(plan)}, budget ${plan.budgetMs} ms`,
    '',
    '| | criterion | evidence |',
    '|---|---|---|',
    ...criteria.map(({ name, status, detail }) => `| ${MARKS[status]} | ${cell(name)} | ${cell(detail)} |`),
    '',
    '',
  ].join('\n');
}

/**
 * One workflow command for each criterion that is not met.
 * ref: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function githubAnnotations({ criteria }: RunRecord): readonly string[] {
  return criteria.flatMap(({ name, status, detail }) => {
    if (status === 'met' || status === 'skipped') return [];
    const level = status === 'missed' ? 'error' : 'warning';
    return [`::${level} title=${property(name)}::${data(`${name}: ${detail}`)}`];
  });
}

function cell(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
