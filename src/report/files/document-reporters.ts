import type { ReportedRun } from '../parts/reported-run.ts';

/** Turns runs into the text of one file. */
type DocumentReporter = (runs: readonly ReportedRun[]) => string | Promise<string>;

interface DocumentFormat {
  /** The help of `report` shows it. */
  readonly summary: string;
  /** Only what is asked for is loaded: the libraries behind some of them are large. */
  readonly load: () => Promise<DocumentReporter>;
}

export const DOCUMENT_FORMAT_NAMES = [
  'html',
  'markdown',
  'csv',
  'ndjson',
  'junit',
  'prometheus',
  'otlp',
] as const;

export const DOCUMENT_FORMATS: Readonly<Record<(typeof DOCUMENT_FORMAT_NAMES)[number], DocumentFormat>> = {
  html: {
    summary: 'one page with charts, which needs nothing else',
    load: async () => (await import('../page/html-reporter.tsx')).reportHtml,
  },
  markdown: {
    summary: 'tables, for a job summary or an issue',
    load: async () => (await import('./markdown-reporter.ts')).reportMarkdown,
  },
  csv: {
    summary: 'a line a user of a round, for spreadsheets',
    load: async () => (await import('./csv-reporter.ts')).reportCsv,
  },
  ndjson: {
    summary: 'every sample, a line of JSON each',
    load: async () => (await import('./ndjson-reporter.ts')).reportNdjson,
  },
  junit: {
    summary: 'criteria and users as JUnit XML, for CI',
    load: async () => (await import('./junit-reporter.ts')).reportJunit,
  },
  prometheus: {
    summary: "statistics in Prometheus' text format",
    load: async () => (await import('./prometheus-reporter.ts')).reportPrometheus,
  },
  otlp: {
    summary: "the users' stages as traces, in OTLP's JSON",
    load: async () => (await import('./otlp-reporter.ts')).reportOtlp,
  },
};
