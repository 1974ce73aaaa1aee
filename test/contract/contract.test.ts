import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { call, createSandbox, ping, rawCall, type Response } from '../embedded/controller-under-test.ts';
import { compare, describeDifference } from './compare.ts';
import { differencesOfAny, differencesOfEmbedded } from './differences.ts';
import { type RecordedCase, readRecordedCases } from './recorded-case.ts';
import { IS_EMBEDDED, openTarget, type Target } from './target.ts';

// forkd's contract, as it was recorded. By default the embedded controller is held to it; with
// FORKD_CONTROLLER_URL, FORKD_TOKEN_FILE and FORKD_SNAPSHOT_TAG (default: jupyter) any controller.
// Nobody else may create sandboxes on that one meanwhile: overlapping creates are forkd's sore spot.

const cases = await readRecordedCases();

/** A microVM answers some time after it has been created. */
const ANSWERS_WITHIN = { timeout: 120_000, interval: 500 };

const NEED_NUMPY = ['eval float(numpy.arange(10).sum())', 'eval np.__version__'];

let target: Target;
let hasNumpy = true;

beforeAll(async () => {
  target = await openTarget();
});

afterAll(async () => {
  await target.close();
});

describe(`${IS_EMBEDDED ? 'the embedded controller' : 'this controller'} answers as forkd 0.5.3 did`, () => {
  it.for(cases)('$case', async (recorded, { skip }) => {
    const name = recorded.case;
    skip(target.differences.notAsked[name] !== undefined, target.differences.notAsked[name]);
    skip(NEED_NUMPY.includes(name) && !hasNumpy, 'the guest of this snapshot has no numpy');
    if (recorded.response === undefined) throw new Error('no answer was recorded');

    const response = await replay(recorded);

    const comparison = compare(target, name, response, recorded.response);
    if (response.status === 201) await untilAllAnswer();
    if (name === 'ping') hasNumpy = !response.text.includes('"numpy_version":"not-installed"');
    expect(comparison.came, describeDifference(recorded, comparison)).toEqual(comparison.expected);
  });
});

describe('the differences from the recording', () => {
  it('name cases that exist', () => {
    const known = cases.map((recorded) => recorded.case);
    for (const { notAsked, bodies } of [
      differencesOfEmbedded({ namespaces: true }),
      differencesOfAny({ asksForToken: false }),
    ]) {
      expect(known).toEqual(expect.arrayContaining([...Object.keys(notAsked), ...Object.keys(bodies)]));
    }
    expect(known).toEqual(expect.arrayContaining(NEED_NUMPY));
  });

  it.runIf(IS_EMBEDDED)(
    'let five creates at the same time succeed, none in the place of another',
    async () => {
      const body = { snapshot_tag: target.tag, per_child_netns: true };
      const rows = await Promise.all(Array.from({ length: 5 }, async () => createSandbox(target, body)));

      expect(new Set(rows.map((row) => `${row.netns ?? ''} ${row.guest_addr}`)).size).toBe(5);
      expect(new Set(rows.map((row) => row.id)).size).toBe(5);
      const pings = await Promise.all(rows.map(async (row) => ping(target, row)));
      expect(pings.map(({ text }) => z.object({ pid: z.int() }).parse(JSON.parse(text)).pid)).toEqual(
        rows.map(({ pid }) => pid),
      );
    },
  );
});

async function replay({ request }: RecordedCase): Promise<Response> {
  const body =
    request.text ??
    (request.json === undefined ? undefined : JSON.stringify(target.names.toOurs(request.json)));
  const headers = {
    ...(request.headers ?? { authorization: `Bearer ${target.token}` }),
    ...(body === undefined || request.headers !== undefined ? {} : { 'content-type': 'application/json' }),
  };
  const withToken = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace('<token>', target.token)]),
  );
  return rawCall(`${target.url}${target.names.toOurs(request.path)}`, request.method, withToken, body);
}

/** One after the other: pings of several microVMs that have only just been restored fail. */
async function untilAllAnswer(): Promise<void> {
  for (const id of target.names.ids) {
    const path = `/v1/sandboxes/${id}/ping`;
    await expect.poll(async () => (await call(target, 'POST', path)).status, ANSWERS_WITHIN).toBe(200);
  }
}
