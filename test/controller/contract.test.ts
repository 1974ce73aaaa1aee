import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import {
  type EmbeddedController,
  startEmbeddedController,
} from '../../src/controller/embedded-controller.ts';
import { createSandbox, ping, rawCall, type Response, warm } from './controller-under-test.ts';
import { RecordedNames } from './recorded-names.ts';

/** Cases that are not held as recorded, each with its reason. All others are. */
const DIFFERENT_CASES: Readonly<Record<string, string>> = {
  'five creates of n = 1 at the same time, per_child_netns':
    'a defect of forkd (two sandboxes in one netns, both dead); ours must all succeed: see the test below',
};

/** Answers that differ in part: the pattern that ours matches in place of what was recorded. */
const DIFFERENT_TEXTS: Readonly<Record<string, { readonly ours: RegExp; readonly reason: string }>> = {
  'eval __import__("os").getpid()': {
    ours: /^\{"result":"[1-9]\d*","error":null,"exit_code":0\}$/,
    reason: 'an agent in a process sandbox is not PID 1',
  },
  'eval np.__version__': {
    ours: /^\{"result":"'\d+\.\d+\.\d+'","error":null,"exit_code":0\}$/,
    reason: "numpy's version is the environment's",
  },
};

/** Fields that differ, in whatever answer they come: what ours must be, and the reason. */
const DIFFERENT_FIELDS: Readonly<Record<string, { readonly ours: z.ZodType; readonly reason: string }>> = {
  netns: {
    ours: z.null(),
    reason: 'per_child_netns is accepted and ignored: processes share the host network',
  },
  guest_addr: {
    ours: z.string().regex(/^127\.(\d+\.){2}\d+:8888$/),
    reason: 'each has a loopback address of its own',
  },
  pid: { ours: z.int().positive(), reason: 'a pid of this host' },
  created_at_unix: { ours: z.number().refine(isRecent), reason: 'a time' },
  memory_logical_bytes: { ours: z.int().positive(), reason: "the parent's resident memory" },
  memory_physical_bytes: { ours: z.int().positive(), reason: "the parent's resident memory" },
  vmstate_bytes: { ours: z.literal(0), reason: 'a process has no VM state' },
  numpy_version: { ours: z.string().regex(/^\d+\.\d+/), reason: "numpy's version is the environment's" },
  warmup_ready: { ours: z.literal(true), reason: 'our parent forks only when it is warm' },
  version: { ours: z.string().regex(/^\d+\.\d+\.\d+-embedded$/), reason: 'it says which one it is' },
};

/** Fields that only ours has; `/version` says that it is the embedded one. */
const ADDED_FIELDS = ['backend', 'isolation', 'memory_limits', 'instance'];

const responseSchema = z.object({
  status: z.int(),
  contentType: z.string().nullable(),
  json: z.unknown().optional(),
  text: z.string().optional(),
});
const caseSchema = z.object({
  case: z.string(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    json: z.unknown().optional(),
    text: z.string().optional(),
  }),
  response: responseSchema.optional(),
});
type RecordedCase = z.infer<typeof caseSchema>;

const file = new URL('../../fixtures/forkd/transcripts.json', import.meta.url);
const transcripts = z.object({ cases: z.array(caseSchema) }).parse(JSON.parse(await readFile(file, 'utf8')));
const held = transcripts.cases.filter((recorded) => !(recorded.case in DIFFERENT_CASES));

let controller: EmbeddedController;
let names: RecordedNames;

beforeAll(async () => {
  controller = await startEmbeddedController();
  names = new RecordedNames(controller.dataDir);
  await Promise.all(['other', 'jupyter'].map((tag) => warm(controller, names.toOurs(tag))));
});

afterAll(async () => {
  await controller.stop();
});

describe('the embedded controller answers as forkd 0.5.3 did', () => {
  it.each(held)('$case', async (recorded) => {
    const response = await replay(recorded);

    const expected = responseSchema.parse(recorded.response);
    const [ours, theirs] = bodies(recorded.case, response.text, expected);
    expect({ status: response.status, contentType: response.contentType, body: ours }).toEqual({
      status: expected.status,
      contentType: expected.contentType,
      body: theirs,
    });
  });
});

describe('the differences from forkd', () => {
  it('name cases that exist', () => {
    const known = new Set(transcripts.cases.map((recorded) => recorded.case));
    for (const name of [...Object.keys(DIFFERENT_CASES), ...Object.keys(DIFFERENT_TEXTS)]) {
      expect(known).toContain(name);
    }
    expect(held.length).toBeGreaterThanOrEqual(69);
  });

  it('let five creates at the same time all succeed, each with an address of its own', async () => {
    const rows = await Promise.all(
      Array.from({ length: 5 }, async () =>
        createSandbox(controller, { snapshot_tag: names.toOurs('jupyter'), per_child_netns: true }),
      ),
    );

    expect(new Set(rows.map((row) => row.guest_addr)).size).toBe(5);
    expect(new Set(rows.map((row) => row.id)).size).toBe(5);
    const pings = await Promise.all(rows.map(async (row) => ping(controller, row)));
    expect(pings.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });
});

async function replay({ request }: RecordedCase): Promise<Response> {
  const body =
    request.text ?? (request.json === undefined ? undefined : asRecorded(names.toOurs(request.json)));
  const headers = {
    ...(request.headers ?? { authorization: `Bearer ${controller.token}` }),
    ...(body === undefined || request.headers !== undefined ? {} : { 'content-type': 'application/json' }),
  };
  const withToken = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace('<token>', controller.token)]),
  );
  return rawCall(`${controller.url}${names.toOurs(request.path)}`, request.method, withToken, body);
}

/** Ours and the recorded body, both in the form in which they must be equal. */
function bodies(name: string, text: string, expected: z.infer<typeof responseSchema>): [unknown, unknown] {
  const different = DIFFERENT_TEXTS[name];
  if (different !== undefined) return [text, expect.stringMatching(different.ours)];
  if (expected.json === undefined) return [comparableText(text), comparableText(expected.text ?? '')];
  return [comparable(text, expected.json), expected.json];
}

/** As the recording's client wrote JSON: the columns in forkd's messages depend on it. */
function asRecorded(value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replaceAll(/,\n\s*/g, ', ')
    .replaceAll(/\n\s*/g, '');
}

/** Our answer in the recording's words, as far as it may differ. */
function comparable(text: string, expected: unknown): unknown {
  const ours: unknown = JSON.parse(text);
  names.learnIds(ours, expected);
  return withoutDifferences(names.toRecorded(ours), expected);
}

function withoutDifferences(ours: unknown, expected: unknown): unknown {
  if (Array.isArray(ours) && Array.isArray(expected)) {
    return ours.map((item, index) => withoutDifferences(item, expected[index]));
  }
  if (!isRecord(ours) || !isRecord(expected)) return ours;
  return Object.fromEntries(
    Object.entries(ours)
      .filter(([name]) => name in expected || !ADDED_FIELDS.includes(name))
      .map(([name, value]) => {
        const allowed = DIFFERENT_FIELDS[name]?.ours.safeParse(value).success === true;
        return [name, allowed ? expected[name] : withoutDifferences(value, expected[name])];
      }),
  );
}

/** Metrics: our version and that there is nothing to branch. */
function comparableText(text: string): string {
  return text
    .replace(/version="[\d.]+(?:-embedded)?"/, 'version="…"')
    .replace(/(forkd_branch_concurrency_cap) [04]\n/, '$1 …\n');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecent(seconds: number): boolean {
  return Math.abs(Date.now() / 1000 - seconds) < 600;
}
