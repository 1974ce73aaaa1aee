import type { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';

import { messageOf } from '../../faults/caught-error.ts';
import { type ParentEvent, parentEventSchema, type ParentRequest } from './parent-messages.ts';

/** One JSON object a line, both ways, between the controller and a parent. */
export class ControlChannel {
  readonly #stream: Duplex;

  constructor(stream: Duplex, onEvent: (event: ParentEvent) => void, log: (line: string) => void) {
    this.#stream = stream;
    createInterface({ input: stream }).on('line', (line) => {
      const event = parseEvent(line);
      if (typeof event === 'string') log(`warning: a parent said something unknown: ${event}`);
      else onEvent(event);
    });
    // A parent that is gone breaks the pipe; what matters is that it ended, which is noticed there.
    stream.on('error', (error) => {
      log(`control channel: ${error.message}`);
    });
  }

  send(request: ParentRequest): void {
    this.#stream.write(`${JSON.stringify(request)}\n`);
  }

  /** Tells the parent that nobody will ask again: it ends its sandboxes and itself. */
  close(): void {
    this.#stream.end();
  }
}

function parseEvent(line: string): ParentEvent | string {
  try {
    return parentEventSchema.parse(JSON.parse(line));
  } catch (error) {
    return `${line.slice(0, 200)} (${messageOf(error)})`;
  }
}
