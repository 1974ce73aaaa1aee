import { readFile } from 'node:fs/promises';

import { z } from 'zod';

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

/** One request and what forkd 0.5.3 answered. */
export type RecordedCase = z.infer<typeof caseSchema>;
export type RecordedResponse = z.infer<typeof responseSchema>;

/** All that were recorded, in the order in which they build upon each other. */
export async function readRecordedCases(): Promise<readonly RecordedCase[]> {
  const file = new URL('../../fixtures/forkd/transcripts.json', import.meta.url);
  return z.object({ cases: z.array(caseSchema) }).parse(JSON.parse(await readFile(file, 'utf8'))).cases;
}
