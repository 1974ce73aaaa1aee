import type { Criterion } from '../record/run-record.ts';

export interface CriteriaSuite {
  readonly name: string;
  /** `YYYY-MM-DDThh:mm:ss…`, as records have it. */
  readonly startedAt: string;
  /** What the reader of a report is to know besides, such as the isolation. */
  readonly properties: Readonly<Record<string, string>>;
  readonly criteria: readonly Criterion[];
}

/**
 * JUnit XML with one test case a criterion: missed is a failure, unknown an error, skipped is
 * skipped. No times: a criterion is judged, not run.
 *
 * ref: https://github.com/testmoapp/junitxml
 */
export function junitCriteria({ name, startedAt, properties, criteria }: CriteriaSuite): string {
  const count = (status: Criterion['status']): number =>
    criteria.filter((criterion) => criterion.status === status).length;
  const counts = [
    `tests="${criteria.length}" failures="${count('missed')}"`,
    `errors="${count('unknown')}" skipped="${count('skipped')}" time="0"`,
  ].join(' ');
  const suite = `name="${escape(name)}" timestamp="${startedAt.slice(0, 19)}" hostname="localhost" ${counts}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite ${suite}>`,
    '    <properties>',
    ...Object.entries(properties).map(
      ([key, value]) => `      <property name="${escape(key)}" value="${escape(value)}"/>`,
    ),
    '    </properties>',
    ...criteria.map((criterion) => testCase(name, criterion)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(suite: string, { name, status, detail }: Criterion): string {
  const attributes = `classname="${escape(suite)}" name="${escape(name)}" time="0"`;
  const text = escape(detail);
  switch (status) {
    case 'met':
      return `    <testcase ${attributes}/>`;
    case 'missed':
      return `    <testcase ${attributes}><failure message="${text}" type="missed">${text}</failure></testcase>`;
    case 'unknown':
      return `    <testcase ${attributes}><error message="${text}" type="unknown">${text}</error></testcase>`;
    case 'skipped':
      return `    <testcase ${attributes}><skipped/></testcase>`;
  }
}

/** Also what XML cannot hold at all: control characters of somebody's log line, halves of pairs. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
