import { z } from 'zod';

const MS_PER_S = 1000;

/** Who measured a span, in the order in which a start passes through them. */
export const SIDES = ['client', 'hub', 'spawner', 'controller', 'guest'] as const;
export type Side = (typeof SIDES)[number];

/** What one side did for one user, on the clock that all sides share. */
export interface Span {
  readonly side: Side;
  readonly name: string;
  /** Undefined where the side can't tell whom it was for. */
  readonly user: string | undefined;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** A span as the sides write it (docs/protocols.md §4). */
const wireSpanSchema = z.object({
  name: z.string().min(1),
  side: z.enum(SIDES),
  user: z.string().nullish(),
  start_unix_s: z.number().nonnegative(),
  duration_ms: z.number().nonnegative(),
});

/** Reads spans that another side has sent; what is none is left out: it is a measurement less, not a fault. */
export function readSpans(values: readonly unknown[], user?: string): readonly Span[] {
  return values.flatMap((value) => {
    const { data } = wireSpanSchema.safeParse(value);
    return data === undefined ? [] : [toSpan(data, user)];
  });
}

export function endMs(span: Span): number {
  return span.startMs + span.durationMs;
}

function toSpan(wire: z.infer<typeof wireSpanSchema>, user: string | undefined): Span {
  return {
    side: wire.side,
    name: wire.name,
    user: user ?? wire.user ?? undefined,
    startMs: wire.start_unix_s * MS_PER_S,
    durationMs: wire.duration_ms,
  };
}
