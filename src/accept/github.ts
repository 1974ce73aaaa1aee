import { backendSentence } from '../record/backend-sentence.ts';
import type { Criterion, RunRecord } from '../record/run-record.ts';
import { heading, markdownDocument, paragraph, textTable } from '../report/files/markdown-document.ts';
import { describeExtent } from '../report/parts/describe-extent.ts';

const MARKS: Readonly<Record<Criterion['status'], string>> = {
  met: '✅',
  missed: '❌',
  unknown: '❔',
  skipped: '➖',
};

/** Markdown for a job's summary; the empty line at its end keeps what the next step appends out of the table. */
export function githubSummary(record: RunRecord): string {
  const { plan, backend, verdict, criteria } = record;
  const measured = `${backendSentence(backend)}, ${plan.users} users at once`;
  const rows = criteria.map(({ name, status, detail }) => [MARKS[status], name, detail]);
  const document = markdownDocument([
    heading(2, `forkd-spawner: ${verdict}`),
    paragraph(`${measured}, ${describeExtent(plan)}, budget ${plan.budgetMs} ms`),
    textTable({ head: ['', 'criterion', 'evidence'], rows }),
  ]);
  return `${document}\n`;
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

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
