import { expect } from 'vitest';

import type { Response } from '../embedded/controller-under-test.ts';
import type { RecordedCase, RecordedResponse } from './recorded-case.ts';
import { RECORDED_TAG } from './recorded-names.ts';
import type { Target } from './target.ts';

/** What came and what was recorded, both in the form in which they must be equal. */
interface Comparison {
  readonly came: unknown;
  readonly expected: unknown;
}

/** Brings an answer and the recorded one together, as far as this target may differ. */
export function compare(
  target: Target,
  name: string,
  came: Response,
  recorded: RecordedResponse,
): Comparison {
  const bodies = bodiesOf(target, name, came.text, recorded);
  return {
    came: { status: came.status, contentType: came.contentType, body: bodies.came },
    expected: { status: recorded.status, contentType: recorded.contentType, body: bodies.expected },
  };
}

/** A difference in words: which case, what was sent, what was recorded and what came. */
export function describeDifference(
  { case: name, request }: RecordedCase,
  { came, expected }: Comparison,
): string {
  const sent = request.text ?? (request.json === undefined ? '' : JSON.stringify(request.json));
  return [
    `case '${name}': ${request.method} ${request.path} ${sent}`.trimEnd(),
    `  expected: ${JSON.stringify(expected)}`,
    `  came:     ${JSON.stringify(came)}`,
  ].join('\n');
}

function bodiesOf(target: Target, name: string, text: string, recorded: RecordedResponse): Comparison {
  const { bodies, masks } = target.differences;
  const different = bodies[name];
  if (different !== undefined) return { came: text, expected: expect.stringMatching(different.ours) };
  if (recorded.json !== undefined) return jsonBodies(target, text, recorded.json);
  const mask = (original: string): string =>
    masks.reduce((masked, { ours }) => masked.replace(new RegExp(ours, 'g'), '…'), original);
  return { came: mask(text), expected: mask(recorded.text ?? '') };
}

function jsonBodies(target: Target, text: string, recorded: unknown): Comparison {
  const came = tryJson(text);
  const ofOurs = came === undefined ? text : withoutOthers(target, came);
  const expected = withoutOthers(target, recorded);
  target.names.learnIds(ofOurs, expected);
  return { came: withoutDifferences(target, target.names.toRecorded(ofOurs), expected), expected };
}

/** A list that others use, too, is compared as far as it is ours. */
function withoutOthers({ isEmbedded, others, tag }: Target, value: unknown): unknown {
  if (isEmbedded || !Array.isArray(value)) return value;
  return value.filter((item: unknown) => {
    if (!isRecord(item)) return true;
    if (typeof item['tag'] === 'string') return [tag, RECORDED_TAG].includes(item['tag']);
    return !others.includes(String(item['id']));
  });
}

function withoutDifferences(target: Target, came: unknown, expected: unknown): unknown {
  if (Array.isArray(came) && Array.isArray(expected)) {
    return came.map((item, index) => withoutDifferences(target, item, expected[index]));
  }
  if (!isRecord(came) || !isRecord(expected)) return came;
  const { fields, added, optional } = target.differences;
  const missing = Object.entries(expected).filter(([name]) => name in optional && !(name in came));
  return Object.fromEntries([
    ...missing,
    ...Object.entries(came)
      .filter(([name]) => name in expected || !added.includes(name))
      .map(([name, value]) => {
        const allowed = name in expected && fields[name]?.ours.safeParse(value).success === true;
        return [name, allowed ? expected[name] : withoutDifferences(target, value, expected[name])];
      }),
  ]);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
