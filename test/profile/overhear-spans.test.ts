import { describe, expect, it } from 'vitest';

import { overhearSpans } from '../../src/profile/overhear-spans.ts';
import { benchStandIn } from '../helpers/bench-stand-in.ts';

const NEVER = new AbortController().signal;
const SPAN = { name: 'agent.fork', side: 'guest', start_unix_s: 2, duration_ms: 3 };

async function hear(...events: readonly Readonly<Record<string, unknown>>[]): ReturnType<typeof listen> {
  return listen(events.map((event) => ({ message: '', ...event })));
}

async function listen(
  events: NonNullable<Parameters<typeof benchStandIn>[0]>['events'],
): Promise<Pick<ReturnType<typeof overhearSpans>, 'spans'> & { readonly passed: unknown }> {
  const { hub, spans } = overhearSpans(benchStandIn({ events: events ?? [] }).ports.hub);
  return { passed: await Array.fromAsync(hub.serverProgress('ada', NEVER)), spans };
}

describe('overhearing', () => {
  it('reads the spans of an event for the user whose start it is, and passes the event on', async () => {
    const event = { message: '', stage: 'activated', spans: [SPAN] };

    const { passed, spans } = await hear(event);

    expect(passed).toEqual([event]);
    expect(spans()).toEqual([
      { side: 'guest', name: 'agent.fork', user: 'ada', startMs: 2000, durationMs: 3 },
    ]);
  });

  it('does not count spans twice that the last event repeats', async () => {
    const { spans } = await hear({ spans: [SPAN] }, { spans: [SPAN], ready: true });

    expect(spans()).toHaveLength(1);
  });

  it('leaves out what is no span', async () => {
    const { spans } = await hear({ spans: [{ ...SPAN, side: 'moon' }, 7, { ...SPAN, duration_ms: -1 }] });

    expect(spans()).toEqual([]);
  });
});
