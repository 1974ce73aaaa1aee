import type { ServerEvent } from './ports.ts';

/** Follows a start to its end; rejects with the hub's reason where there is no server then. */
export async function untilReady(
  events: AsyncIterable<ServerEvent>,
  onEvent: (event: ServerEvent) => void = () => undefined,
): Promise<void> {
  for await (const event of events) {
    onEvent(event);
    if (event.failed === true) throw new Error(event.message);
    if (event.ready === true) return;
  }
  throw new Error("the hub's progress stream ended before the server was ready");
}
