import { endMs, type Side, SIDES, type Span } from './span.ts';

const US_PER_MS = 1000;

/**
 * A file that Perfetto and chrome://tracing open: times in whole microseconds from the barrier.
 *
 * ref: Trace Event Format, "JSON Object Format", complete (X) and metadata (M) events
 */
export interface TraceFile {
  readonly displayTimeUnit: 'ms';
  readonly otherData: { readonly barrier_unix_s: number };
  readonly traceEvents: readonly TraceEvent[];
}

type TraceEvent = CompleteEvent | MetadataEvent;

interface CompleteEvent {
  readonly ph: 'X';
  readonly name: string;
  readonly cat: Side;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly user: string };
}

interface MetadataEvent {
  readonly ph: 'M';
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name';
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name: string } | { readonly sort_index: number };
}

const NOBODY = '(no user)';

/** One process a side, one or more threads a user. */
export function toTraceFile(spans: readonly Span[], barrierMs: number): TraceFile {
  return {
    displayTimeUnit: 'ms',
    otherData: { barrier_unix_s: barrierMs / 1000 },
    traceEvents: SIDES.flatMap((side, index) => {
      const own = spans.filter((span) => span.side === side);
      return own.length === 0 ? [] : sideEvents(side, index + 1, own, barrierMs);
    }),
  };
}

function sideEvents(side: Side, pid: number, spans: readonly Span[], barrierMs: number): TraceEvent[] {
  const events: TraceEvent[] = [
    { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: side } },
    { ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } },
  ];
  let tid = 0;
  const users = Map.groupBy(spans, ({ user }) => user ?? NOBODY);
  for (const [user, own] of users) {
    for (const lane of toLanes(own.map((span) => toComplete(span, user, pid, barrierMs)))) {
      tid += 1;
      events.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name: user } });
      for (const event of lane) events.push({ ...event, tid });
    }
  }
  return events;
}

type Unplaced = Omit<CompleteEvent, 'tid'>;

function toComplete(span: Span, user: string, pid: number, barrierMs: number): Unplaced {
  const ts = Math.round((span.startMs - barrierMs) * US_PER_MS);
  const end = Math.round((endMs(span) - barrierMs) * US_PER_MS);
  return { ph: 'X', name: span.name, cat: span.side, pid, ts, dur: end - ts, args: { user } };
}

/** Within a lane two spans lie one after the other or one inside the other: viewers draw nothing else. */
function toLanes(events: readonly Unplaced[]): readonly (readonly Unplaced[])[] {
  const lanes: Unplaced[][] = [];
  for (const event of events.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    const free = lanes.find((lane) => lane.every((other) => fits(other, event)));
    if (free === undefined) lanes.push([event]);
    else free.push(event);
  }
  return lanes;
}

/** `later` doesn't begin before `earlier`. */
function fits(earlier: Unplaced, later: Unplaced): boolean {
  const earlierEnd = earlier.ts + earlier.dur;
  return later.ts >= earlierEnd || later.ts + later.dur <= earlierEnd;
}
