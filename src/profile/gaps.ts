import { endMs, type Span } from './span.ts';

/** Shorter ones are what lies between two functions that are measured. */
const SHORTEST_GAP_MS = 5;

/** A stretch of a start of which no side says what it was spent on. */
export interface Gap {
  readonly startMs: number;
  readonly durationMs: number;
  /** The innermost span that it lies in, none of whose parts cover it; absent: no side was at work. */
  readonly inside?: Span | undefined;
}

/**
 * The stretches from `fromMs` to `toMs` without an explanation. A span that others lie in explains
 * nothing by itself: that the hub waited for its spawner says no more than that it did.
 */
export function findGaps(spans: readonly Span[], fromMs: number, toMs: number): readonly Gap[] {
  const measured = spans.filter(({ side }) => side !== 'client');
  const explaining = measured.filter((span) => !measured.some((other) => encloses(span, other)));
  return uncovered(explaining, fromMs, toMs)
    .flatMap((stretch) => cutByEnclosing(stretch, measured))
    .filter(({ durationMs }) => durationMs >= SHORTEST_GAP_MS);
}

type Stretch = readonly [fromMs: number, toMs: number];

function uncovered(spans: readonly Span[], fromMs: number, toMs: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let coveredMs = fromMs;
  for (const span of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    if (span.startMs > toMs) break;
    if (span.startMs > coveredMs) stretches.push([coveredMs, span.startMs]);
    coveredMs = Math.max(coveredMs, endMs(span));
  }
  return coveredMs < toMs ? [...stretches, [coveredMs, toMs]] : stretches;
}

/** One gap for each part of a stretch that lies in another innermost span. */
function cutByEnclosing([fromMs, toMs]: Stretch, measured: readonly Span[]): readonly Gap[] {
  const edges = measured
    .flatMap((span) => [span.startMs, endMs(span)])
    .filter((edgeMs) => edgeMs > fromMs && edgeMs < toMs)
    .toSorted((a, b) => a - b);
  const gaps: Gap[] = [];
  let startMs = fromMs;
  for (const edgeMs of [...edges, toMs]) {
    const inside = innermost(measured, startMs, edgeMs);
    const last = gaps.at(-1);
    if (last !== undefined && last.inside === inside) {
      gaps.splice(-1, 1, { ...last, durationMs: edgeMs - last.startMs });
    } else {
      gaps.push({ startMs, durationMs: edgeMs - startMs, inside });
    }
    startMs = edgeMs;
  }
  return gaps;
}

function encloses(outer: Span, inner: Span): boolean {
  return (
    outer.durationMs > inner.durationMs && outer.startMs <= inner.startMs && endMs(outer) >= endMs(inner)
  );
}

function innermost(spans: readonly Span[], fromMs: number, toMs: number): Span | undefined {
  return spans
    .filter((span) => span.startMs <= fromMs && endMs(span) >= toMs)
    .toSorted((a, b) => a.durationMs - b.durationMs)
    .at(0);
}
