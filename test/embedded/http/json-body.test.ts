import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { takesJson } from '../../../src/embedded/http/json-body.ts';
import type { ApiReply } from '../../../src/embedded/http/routes.ts';

const echo = takesJson(
  z.object({ name: z.string(), count: z.int().min(0).default(1), args: z.array(z.string()).default([]) }),
  (body) => ({ status: 200, json: body }),
);

async function answerTo(text: string, contentType = 'application/json'): Promise<ApiReply> {
  return echo({ param: () => '', body: Buffer.from(text), contentType });
}

/** Typed, unlike vitest's own. */
function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

describe('a handler of JSON bodies', () => {
  it('fills in what is optional', async () => {
    expect(await answerTo('{"name": "é"}', 'application/problem+json; charset=utf-8')).toEqual({
      status: 200,
      json: { name: 'é', count: 1, args: [] },
    });
  });

  it.each(['', '{', '{"name": "secret-token', '{} {}', '{"name": nul}'])(
    'refuses %j, which is no JSON, without quoting it',
    async (text) => {
      await expect(answerTo(text)).rejects.toMatchObject({
        ...{ status: 400, voice: 'text' },
        message: `Failed to parse the request body as JSON: its ${text.length} bytes are no JSON text`,
      });
    },
  );

  it.each([
    ['[1]', /type: Invalid input: expected object/],
    ['null', /type: Invalid input: expected object/],
    ['{}', /type: name: Invalid input: expected string, received undefined$/],
    ['{"name": 1, "count": "x"}', /type: name: Invalid input: expected string, received number$/],
    ['{"name": "a", "count": -1}', /type: count: Too small/],
    ['{"name": "a", "args": ["a", 2]}', /type: args\.1: Invalid input: expected string/],
  ])('refuses %s, of another shape, with the first mismatch', async (text, message) => {
    await expect(answerTo(text)).rejects.toMatchObject({
      ...{ status: 422, voice: 'text' },
      message: matching(message),
    });
  });

  it('refuses another content type before it reads the body', async () => {
    await expect(answerTo('{', 'text/plain')).rejects.toMatchObject({ status: 415 });
  });
});
