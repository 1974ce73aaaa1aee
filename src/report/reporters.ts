import { reportJson } from './json-reporter.ts';
import { reportLine } from './line-reporter.ts';
import type { Reporter } from './reporter.ts';
import { reportText } from './text-reporter.ts';

export const REPORTERS = {
  text: reportText,
  line: reportLine,
  json: reportJson,
} as const satisfies Readonly<Record<string, Reporter>>;
