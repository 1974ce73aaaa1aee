import { z } from 'zod';

import { stageFields, STAGES } from './stages.ts';

const durationMsSchema = z.number().nonnegative();

/** Milliseconds from the user's intended start; a stage that was not reached is absent. */
const stageTimesSchema = z.object(stageFields(durationMsSchema.optional()));

/** Why a user did not get to the end, and in which stage. */
const stageErrorSchema = z.object({
  stage: z.enum(STAGES),
  message: z.string(),
  logLines: z.array(z.string()),
});

const probeSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('answered'),
    heartbeatMs: durationMsSchema,
    kernelInfoMs: durationMsSchema,
  }),
  z.object({ status: z.literal('failed'), cause: z.string() }),
  z.object({ status: z.literal('skipped'), reason: z.string() }),
]);

/** A later cell of the user's script, timed by itself: the pause before it is not in its time. */
const cellRecordSchema = z.object({
  expression: z.string(),
  expected: z.string(),
  /** What it showed; null where it showed nothing, raised, or was never done. */
  actual: z.string().nullable(),
  /** Absent where it was never done. */
  durationMs: durationMsSchema.optional(),
  /** Why it has no result. */
  error: z.string().optional(),
  /** How it ended, where it was begun and has no result; absent in older records. */
  outcome: z.enum(['failed', 'timed-out', 'aborted']).optional(),
});

export const userRecordSchema = z.object({
  user: z.string(),
  outcome: z.enum(['completed', 'failed', 'timed-out', 'aborted']),
  /** The time since the barrier; absent where that is the intended start of all. */
  intendedStartMs: durationMsSchema.optional(),
  /** When the client got to it: what it is late by is part of every stage. */
  actualStartMs: durationMsSchema.optional(),
  stages: stageTimesSchema,
  expression: z.string(),
  expected: z.string(),
  /** What the first cell showed; null where it showed nothing or did not run. */
  actual: z.string().nullable(),
  error: stageErrorSchema.nullable(),
  /** What was run after cell 1; absent where the script has one cell. */
  cells: z.array(cellRecordSchema).optional(),
  /** The time from the request to restart the kernel until it has run the cell again; absent where not asked for. */
  restartMs: durationMsSchema.optional(),
  /** Why the restart did not succeed. */
  restartError: z.string().optional(),
  /** How long the stop took by itself; not judged. */
  stopDurationMs: durationMsSchema.optional(),
  /** Why the stop did not succeed. */
  stopError: z.string().optional(),
  /** How often, and how long in all, the hub had it wait (429 with Retry-After): part of its times. */
  throttled: z.object({ waits: z.int().positive(), waitedMs: durationMsSchema }).optional(),
  /** The check of the kernel's own ZMQ ports, after cell 1. */
  zmqProbe: probeSchema,
});

export type StageTimes = Readonly<z.infer<typeof stageTimesSchema>>;
export type StageError = Readonly<z.infer<typeof stageErrorSchema>>;
export type CellRecord = Readonly<z.infer<typeof cellRecordSchema>>;
export type ZmqProbe = Readonly<z.infer<typeof probeSchema>>;
export type UserRecord = Readonly<z.infer<typeof userRecordSchema>>;

export function isCompleted({ outcome }: Pick<UserRecord, 'outcome'>): boolean {
  return outcome === 'completed';
}

/** Whether cell 1 showed what it was to. */
export function hasRightResult(user: Pick<UserRecord, 'outcome' | 'actual' | 'expected'>): boolean {
  return isCompleted(user) && user.actual === user.expected;
}

/** Whether a later cell showed what it was to; one that is to show nothing expects an empty text. */
export function isRight({ actual, expected, error }: CellRecord): boolean {
  return error === undefined && (actual ?? '') === expected;
}
