import { z } from 'zod';

import type { HubPort, ServerEvent } from '../bench/target/ports.ts';
import { readSpans, type Span } from './span.ts';

/** The spawner's events carry its spans; the last event repeats them for listeners that come late. */
const carrierSchema = z.looseObject({ spans: z.array(z.unknown()) });

export interface OverhearingHub {
  readonly hub: HubPort;
  /** What the spawner has sent for each user so far: its own spans, the controller's, the guest's. */
  readonly spans: () => readonly Span[];
}

/** The same hub, whose progress events are looked through for spans as they pass. */
export function overhearSpans(hub: HubPort): OverhearingHub {
  const heard = new Map<string, readonly Span[]>();
  return {
    hub: {
      ...hub,
      async *serverProgress(user, signal): AsyncGenerator<ServerEvent> {
        for await (const event of hub.serverProgress(user, signal)) {
          const { data } = carrierSchema.safeParse(event);
          if (data !== undefined) heard.set(user, readSpans(data.spans, user));
          yield event;
        }
      },
    },
    spans: () => [...heard.values()].flat(),
  };
}
