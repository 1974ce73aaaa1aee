import { z } from 'zod';

import { acceptanceSchema, leftoverSchema } from './acceptance-record.ts';
import { browserSchema } from './browser-record.ts';
import { stageFields, SUMMARY_KEYS } from './stages.ts';
import { userRecordSchema } from './user-record.ts';

export const SCHEMA_VERSION = 1;

/** How far the measuring process itself was behind: a large value taints the round. */
const clientLagSchema = z.object({
  p50Ms: z.number().nonnegative(),
  p99Ms: z.number().nonnegative(),
  maxMs: z.number().nonnegative(),
  /** The share of the round in which the client's event loop was busy, 0 to 1. */
  utilization: z.number().nonnegative(),
  /** The client's processor time, of all its threads, by the round's wall time; absent in older records. */
  cores: z.number().nonnegative().optional(),
});

/** How late the hub's own event loop was: what everybody's requests wait for. */
const hubLagSchema = z.object({
  p50Ms: z.number().nonnegative(),
  p99Ms: z.number().nonnegative(),
  maxMs: z.number().nonnegative(),
});

/** Processor time that the machine had, and others got. */
const processorSchema = z.object({
  /** What a hypervisor gave to others (steal), of all processors' time, 0 to 1. */
  stolenShare: z.number().nonnegative(),
  /** How long processes of our control group were held back by its quota; absent without one. */
  throttledMs: z.number().nonnegative().optional(),
});

const roundRecordSchema = z.object({
  index: z.int().nonnegative(),
  warmup: z.boolean(),
  /** When all users started; absent in older records. */
  barrierAt: z.iso.datetime().optional(),
  /** The time from the barrier until the last user's cell 1 or end. */
  wallMs: z.number().nonnegative(),
  users: z.array(userRecordSchema),
  leftovers: z.array(leftoverSchema),
  /** What could not be looked for, and why. */
  leftoversUnseen: z.string().optional(),
  clientLag: clientLagSchema,
  /** Only our own local hubs measure it, from the barrier until the last user's end; absent in older records. */
  hubLag: hubLagSchema.optional(),
  /** The machine's 1-minute load average at the barrier. */
  loadAverage: z.number().nonnegative(),
  /** What the machine tells from the barrier until the last user's end; absent where it doesn't, and in older records. */
  processor: processorSchema.optional(),
});

const statisticsSchema = z.object({
  samples: z.int().positive(),
  min: z.number(),
  p50: z.number(),
  /** The interval in which p50 is with 95 % confidence; absent below 6 rounds and in older records. */
  p50Interval: z.object({ low: z.number(), high: z.number() }).optional(),
  /** Absent below 20 samples. */
  p95: z.number().optional(),
  /** Absent below 100 samples and in older records. */
  p99: z.number().optional(),
  max: z.number(),
});

const summarySchema = z.object({
  ...stageFields(statisticsSchema.optional()),
  /** Over rounds: the slowest user of each. */
  slowestCell1Ms: statisticsSchema.optional(),
  /** Absent where no kernel was to be restarted, and in older records. */
  restartMs: statisticsSchema.optional(),
  stopDurationMs: statisticsSchema.optional(),
});

/** What a threshold can be set on. */
export const STATISTICS = ['min', 'p50', 'p95', 'p99', 'max'] as const;

const thresholdSchema = z.object({
  /** The threshold as it was typed, but for the folder of a baseline. */
  text: z.string(),
  figure: z.enum(SUMMARY_KEYS),
  statistic: z.enum(STATISTICS),
  /** Whether the limit itself still keeps it. */
  inclusive: z.boolean(),
  limitMs: z.number().nonnegative(),
  onMiss: z.enum(['fail', 'warn']),
});

const criterionSchema = z.object({
  name: z.string(),
  status: z.enum(['met', 'missed', 'unknown', 'skipped']),
  detail: z.string(),
});

const environmentSchema = z.object({
  host: z.object({
    cpuModel: z.string(),
    cores: z.int().positive(),
    memoryMib: z.int().positive(),
    kernel: z.string(),
    loadAverage: z.array(z.number()),
    /** The smallest step of the clock that measures; absent in older records. */
    clockTickMs: z.number().positive().optional(),
  }),
  node: z.string(),
  packages: z.record(z.string(), z.string()),
  /** Versions of Python and of the packages that the hub and the guest run on. */
  python: z.record(z.string(), z.string()),
  /** Absent outside a clone. */
  gitCommit: z.string().optional(),
});

const backendSchema = z.object({
  kind: z.string(),
  version: z.string(),
  /** What separates one user from the other, in words. */
  isolation: z.string(),
});

const planRecordSchema = z.object({
  users: z.int().positive(),
  /** Absent where the run was to go on for a time. */
  rounds: z.int().positive().optional(),
  /** The time since the start of the first judged round until which rounds were begun. */
  durationMs: z.number().positive().optional(),
  warmupRounds: z.int().nonnegative(),
  budgetMs: z.number().positive(),
  timeoutMs: z.number().positive(),
  controller: z.string(),
  snapshot: z.string().nullable(),
  /** `forkd`, `simple`, a class by its import path, or `unknown`. */
  spawner: z.string(),
  /** The name of the file of `--hub-config`; absent without one. */
  hubConfig: z.string().optional(),
  /** The address of an existing deployment; absent where the hub was our own. */
  hub: z.string().optional(),
  expressions: z.string(),
  /** The flag as it was given; absent where all users of a round came at once. */
  arrivals: z.string().optional(),
  /** The seed that random arrivals were made from. */
  seed: z.int().nonnegative().optional(),
  /** Absent in records of releases that could not compare. */
  comparisons: z.array(z.enum(['floor', 'baseline'])).optional(),
  /** Absent where kernels aren't restarted. */
  restart: z.literal(true).optional(),
  /** Absent where memory isn't read, and in older records. */
  memory: z.literal(true).optional(),
  /** How many users of a browser there are to be; absent where none. */
  browserStarts: z.int().positive().optional(),
  /** Absent where there is none, and in older records. */
  thresholds: z.array(thresholdSchema).optional(),
});

const usageSchema = z.object({
  /** Private memory: what ending the processes would give back. */
  ussMib: z.number().nonnegative(),
  /** What is shared is counted in proportion. */
  pssMib: z.number().nonnegative(),
  /** What is shared is counted in full. */
  rssMib: z.number().nonnegative(),
});

/** Read with all users ready (server and one kernel up) and no code of theirs run. */
const memorySchema = z.object({
  users: z.int().positive(),
  /** The mean over the users: agent, server and kernel. */
  perUser: usageSchema,
  /** The controller's process, which is also this client, and the warm parent. */
  controller: usageSchema.optional(),
  parent: usageSchema.optional(),
  hub: usageSchema,
});

/** Ours divided by theirs, medians of the judged rounds. */
const ratiosSchema = z.object({
  serverReady: z.number().positive().optional(),
  slowestCell1: z.number().positive().optional(),
});

/** The same rounds with another spawner, interleaved with ours. */
const comparisonSchema = z.object({
  backend: backendSchema,
  rounds: z.array(roundRecordSchema),
  summary: summarySchema,
  oursPerTheirs: ratiosSchema,
});

/** The document behind `bench --json` and the files of `bench-results/`. */
export const runRecordSchema = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION),
  startedAt: z.iso.datetime(),
  verdict: z.enum(['passed', 'failed', 'incomplete']),
  budgetMs: z.number().positive(),
  backend: backendSchema,
  plan: planRecordSchema,
  environment: environmentSchema,
  rounds: z.array(roundRecordSchema),
  summary: summarySchema,
  criteria: z.array(criterionSchema),
  /** The time from the start of the first judged round to the end of the last; only where the plan has a duration. */
  elapsedMs: z.number().nonnegative().optional(),
  /** Why the run ended before its last round. */
  endedBy: z.string().optional(),
  /** Somebody interrupted the run: no verdict is asked for. */
  interrupted: z.literal(true).optional(),
  /** Why rounds that were asked for besides the judged ones were not run, or not all of them. */
  notRun: z.object({ memory: z.string().optional(), browser: z.string().optional() }).optional(),
  /** Absent where it wasn't asked for. */
  memory: memorySchema.optional(),
  /** Absent where it wasn't asked for, or wasn't got to. */
  browser: browserSchema.optional(),
  comparisons: z
    .object({ floor: comparisonSchema.optional(), baseline: comparisonSchema.optional() })
    .optional(),
  /** Only `accept` examines it. */
  acceptance: acceptanceSchema.optional(),
});

export type Leftover = Readonly<z.infer<typeof leftoverSchema>>;
export type ClientLag = Readonly<z.infer<typeof clientLagSchema>>;
export type ProcessorRecord = Readonly<z.infer<typeof processorSchema>>;
export type RoundRecord = Readonly<z.infer<typeof roundRecordSchema>>;
export type Statistics = Readonly<z.infer<typeof statisticsSchema>>;
export type Summary = Readonly<z.infer<typeof summarySchema>>;
export type Threshold = Readonly<z.infer<typeof thresholdSchema>>;
export type Criterion = Readonly<z.infer<typeof criterionSchema>>;
export type EnvironmentRecord = Readonly<z.infer<typeof environmentSchema>>;
export type BackendRecord = Readonly<z.infer<typeof backendSchema>>;
export type PlanRecord = Readonly<z.infer<typeof planRecordSchema>>;
export type HubLag = Readonly<z.infer<typeof hubLagSchema>>;
export type MemoryUsage = Readonly<z.infer<typeof usageSchema>>;
export type ComparisonRecord = Readonly<z.infer<typeof comparisonSchema>>;
export type RunRecord = Readonly<z.infer<typeof runRecordSchema>>;
/** Rounds that are run once the judged ones are over. */
export type FurtherRound = keyof NonNullable<RunRecord['notRun']>;
export type Verdict = RunRecord['verdict'];
