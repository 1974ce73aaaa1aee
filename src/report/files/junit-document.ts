import { create } from 'xmlbuilder2';

import type { Criterion } from '../../record/run-record.ts';

export interface JunitSuite {
  readonly name: string;
  /** `YYYY-MM-DDThh:mm:ss…`, as records have it. */
  readonly startedAt: string;
  readonly hostname?: string;
  readonly durationMs?: number;
  /** What the reader of a report is to know besides, such as the isolation. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly cases: readonly JunitCase[];
}

export interface JunitCase {
  readonly name: string;
  readonly durationMs?: number | undefined;
  readonly problem?: JunitProblem | undefined;
}

/** The elements are JUnit's: a failure is a proof, an error a test that could not be carried out. */
export interface JunitProblem {
  readonly element: 'failure' | 'error' | 'skipped';
  readonly type?: string;
  readonly message: string;
  readonly lines?: readonly string[];
}

type Element = ReturnType<typeof create>;

/**
 * Suites as JUnit XML.
 *
 * ref: https://github.com/testmoapp/junitxml
 */
export function junitDocument(suites: readonly JunitSuite[]): string {
  const document = create({ encoding: 'UTF-8', invalidCharReplacement: '\uFFFD' });
  const root = document.ele('testsuites');
  for (const suite of suites) addSuite(root, suite);
  return `${document.end({ prettyPrint: true })}\n`;
}

/** A criterion is judged, not run: it has no time. */
export function criterionCase({ name, status, detail }: Criterion): JunitCase {
  switch (status) {
    case 'met':
      return { name };
    case 'missed':
      return { name, problem: { element: 'failure', type: status, message: detail } };
    case 'unknown':
      return { name, problem: { element: 'error', type: status, message: detail } };
    case 'skipped':
      return { name, problem: { element: 'skipped', message: detail } };
  }
}

function addSuite(
  root: Element,
  { name, startedAt, hostname, durationMs, properties, cases }: JunitSuite,
): void {
  const count = (element: JunitProblem['element']): string =>
    String(cases.filter(({ problem }) => problem?.element === element).length);
  const suite = addElement(root, 'testsuite', {
    name,
    timestamp: startedAt,
    hostname,
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(durationMs),
  });
  if (properties !== undefined) addProperties(suite, properties);
  for (const testCase of cases) addCase(suite, name, testCase);
}

function addProperties(suite: Element, properties: Readonly<Record<string, string>>): void {
  const parent = addElement(suite, 'properties');
  for (const [name, value] of Object.entries(properties)) addElement(parent, 'property', { name, value });
}

function addCase(suite: Element, classname: string, { name, durationMs, problem }: JunitCase): void {
  const testCase = addElement(suite, 'testcase', { name, classname, time: seconds(durationMs) });
  if (problem === undefined) return;
  const { element, type, message, lines = [] } = problem;
  addElement(testCase, element, { type, message }).txt(escapeText([message, ...lines].join('\n')));
}

function seconds(durationMs: number | undefined): string | undefined {
  return durationMs === undefined ? undefined : (durationMs / 1000).toFixed(3);
}

function addElement(
  parent: Element,
  name: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
): Element {
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) given[key] = escapeAttribute(value);
  }
  return parent.ele(name, given);
}

/** Readers turn line breaks and tabs of an attribute into spaces, unless they are written by their numbers. */
function escapeAttribute(value: string): string {
  return escapeAmpersands(value).replaceAll(/[\t\n\r]/g, byNumber);
}

/** Readers turn a carriage return of a text into a line feed, unless it is written by its number. */
function escapeText(value: string): string {
  return escapeAmpersands(value).replaceAll('\r', byNumber);
}

/** The library keeps what looks like a reference: `&nbsp;` of a log would be one to an entity that XML hasn't. */
function escapeAmpersands(value: string): string {
  return value.replaceAll('&', '&amp;');
}

function byNumber(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
