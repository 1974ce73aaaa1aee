import { reportJson } from './files/json-reporter.ts';
import { reportLine } from './text/line-reporter.ts';
import type { Reporter } from './parts/reporter.ts';
import { reportText } from './text/text-reporter.ts';

export const REPORTERS = {
  text: reportText,
  line: reportLine,
  json: reportJson,
} as const satisfies Readonly<Record<string, Reporter>>;
