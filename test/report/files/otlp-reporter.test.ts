import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { reportOtlp } from '../../../src/report/files/otlp-reporter.ts';
import type { RunRecord } from '../../../src/record/run-record.ts';
import { failedRecord, passedRecord } from '../../helpers/judged-record.ts';

/** The parts of opentelemetry-proto's JSON that we write: nothing else may be there. */
const attributeSchema = z.strictObject({
  key: z.string(),
  value: z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ intValue: z.string().regex(/^\d+$/) }),
    z.strictObject({ boolValue: z.boolean() }),
  ]),
});
const spanSchema = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: z.string().regex(/^\d{19}$/),
  endTimeUnixNano: z.string().regex(/^\d{19}$/),
  attributes: z.array(attributeSchema),
  status: z.strictObject({ code: z.int().min(0).max(2).optional(), message: z.string().optional() }),
});
const documentSchema = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attributeSchema) }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(spanSchema) }),
      ),
    }),
  ),
});

type Span = z.infer<typeof spanSchema>;

function spansOf(record: RunRecord): readonly Span[] {
  const document = documentSchema.parse(JSON.parse(reportOtlp([{ name: 'run', record }])));
  return document.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

describe('the OTLP reporter', () => {
  it('gives each start a trace of its own, with a span for each stage end to end', () => {
    const spans = spansOf(passedRecord(1)).filter(({ traceId }, _, [first]) => traceId === first?.traceId);
    const [root, ...stages] = spans;

    expect(stages.map(({ name }) => name)).toEqual([
      ...['requested', 'sandboxCreated', 'serverReady', 'kernelCreated', 'connected', 'kernelReady', 'cell1'],
    ]);
    expect(stages.every(({ parentSpanId }) => parentSpanId === root?.spanId)).toBe(true);
    expect(stages.slice(1).map((span) => span.startTimeUnixNano)).toEqual(
      stages.slice(0, -1).map((span) => span.endTimeUnixNano),
    );
    expect(stages.at(-1)?.endTimeUnixNano).toBe(root?.endTimeUnixNano);
  });

  it('has no two spans of one id, and the same ids each time', () => {
    const ids = spansOf(passedRecord(5)).map(({ traceId, spanId }) => `${traceId}/${spanId}`);

    expect(new Set(ids).size).toBe(ids.length);
    expect(spansOf(passedRecord(5)).map(({ traceId, spanId }) => `${traceId}/${spanId}`)).toEqual(ids);
  });

  it('puts a round where its barrier was, and says so where that is not known', () => {
    const record = passedRecord(1);
    const rounds = record.rounds.map((round) => ({ ...round, barrierAt: '2026-01-02T03:05:00.000Z' }));
    const [known] = spansOf({ ...record, rounds });
    const [guessed] = spansOf(record);

    expect(known?.startTimeUnixNano).toBe(`${Date.parse('2026-01-02T03:05:00.000Z')}000000`);
    expect(guessed?.startTimeUnixNano).toBe(`${Date.parse(record.startedAt)}000000`);
    const estimated = { key: 'forkd_spawner.start_estimated', value: { boolValue: true } };
    expect(guessed?.attributes).toContainEqual(estimated);
    expect(known?.attributes).not.toContainEqual(estimated);
  });

  it('has a user who failed as an error, with the cause, and no span of a stage that was not reached', () => {
    const failed = spansOf(failedRecord()).filter(({ status }) => status.code === 2);
    const died = failed.at(-1);

    expect(failed.map(({ status }) => status.message)).toEqual([
      'np.arange(4).sum().item() showed 7 instead of 6',
      "failed before 'server ready': Spawn failed: ActivationError: the server died",
    ]);
    const names = spansOf(failedRecord()).filter(({ traceId }) => traceId === died?.traceId);
    expect(names.map(({ name }) => name)).toEqual(['start', 'requested']);
  });
});
