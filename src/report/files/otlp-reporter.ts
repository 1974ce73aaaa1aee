import { createHash } from 'node:crypto';

import type { RoundRecord, RunRecord } from '../../record/run-record.ts';
import { stageSteps } from '../../record/stage-steps.ts';
import type { UserRecord } from '../../record/user-record.ts';
import { measuredRounds } from '../parts/measured-rounds.ts';
import type { ReportedRun } from '../parts/reported-run.ts';
import { failureOf, outcomeOf } from '../parts/user-failure.ts';

/** The protocol's enumerations are numbers in JSON. ref: opentelemetry-proto, trace.proto */
const SPAN_KIND_CLIENT = 3;
const SPAN_KIND_INTERNAL = 1;
const STATUS_OK = 1;
const STATUS_ERROR = 2;

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** OTLP's JSON, as a collector's `/v1/traces` and its file receiver take it: a trace for each user's start. */
export function reportOtlp(runs: readonly ReportedRun[]): string {
  return `${JSON.stringify({ resourceSpans: runs.map(resourceSpans) })}\n`;
}

function resourceSpans({ name, record }: ReportedRun): object {
  const { backend, plan } = record;
  const attributes = toAttributes({
    'service.name': 'forkd-spawner',
    'forkd_spawner.run': name,
    'forkd_spawner.backend': backend.kind,
    'forkd_spawner.backend_version': backend.version,
    'forkd_spawner.users': plan.users,
  });
  const scope = { name: 'forkd-spawner' };
  return { resource: { attributes }, scopeSpans: [{ scope, spans: spansOfRun(record) }] };
}

function spansOfRun(record: RunRecord): readonly object[] {
  let nextMs = Date.parse(record.startedAt);
  return measuredRounds(record).flatMap(({ measured, round }) => {
    const barrierMs = barrierOf(round) ?? nextMs;
    nextMs = barrierMs + Math.ceil(round.wallMs);
    const attributes = {
      'forkd_spawner.measured': measured,
      'forkd_spawner.round': round.index,
      'forkd_spawner.warmup': round.warmup,
      // Older records don't say when a round began: only lengths are measured then.
      'forkd_spawner.start_estimated': round.barrierAt === undefined,
    };
    return round.users.flatMap((user) => {
      const key = `${record.startedAt}/${measured}/${round.index}/${user.user}`;
      return spansOfUser(user, { key, barrierMs, attributes });
    });
  });
}

function barrierOf({ barrierAt }: RoundRecord): number | undefined {
  return barrierAt === undefined ? undefined : Date.parse(barrierAt);
}

interface UserContext {
  /** The same record gives the same ids, so that sending it twice doubles nothing. */
  readonly key: string;
  readonly barrierMs: number;
  readonly attributes: Attributes;
}

function spansOfUser(user: UserRecord, { key, barrierMs, attributes }: UserContext): readonly object[] {
  const traceId = hexId(key, 32);
  const rootId = hexId(`${key}/start`, 16);
  const bars = stageSteps(user.stages);
  const times = (fromMs: number, toMs: number): object => ({
    startTimeUnixNano: nanoseconds(barrierMs, fromMs),
    endTimeUnixNano: nanoseconds(barrierMs, toMs),
  });
  const failure = failureOf(user);
  const failed = failure && { 'forkd_spawner.failed_stage': failure.stage };
  const root = {
    traceId,
    spanId: rootId,
    name: 'start',
    kind: SPAN_KIND_CLIENT,
    ...times(0, bars.at(-1)?.toMs ?? 0),
    attributes: toAttributes({ ...attributes, 'enduser.id': user.user, outcome: outcomeOf(user), ...failed }),
    status: failure === undefined ? { code: STATUS_OK } : { code: STATUS_ERROR, message: failure.cause },
  };
  const stages = bars.map(({ stage, fromMs, toMs }) => ({
    traceId,
    spanId: hexId(`${key}/${stage}`, 16),
    parentSpanId: rootId,
    name: stage,
    kind: SPAN_KIND_INTERNAL,
    ...times(fromMs, toMs),
    attributes: [],
    status: {},
  }));
  return [root, ...stages];
}

/** Nanoseconds since 1970 are more than a JSON number holds. */
function nanoseconds(barrierMs: number, ms: number): string {
  return String(BigInt(barrierMs) * 1_000_000n + BigInt(Math.round(ms * 1_000_000)));
}

function hexId(key: string, length: number): string {
  return createHash('sha256').update(key).digest('hex').slice(0, length);
}

function toAttributes(values: Attributes): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

function toAnyValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value };
  // A 64-bit integer, which JSON has no number for.
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) };
}
