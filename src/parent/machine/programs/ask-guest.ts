// Run inside a network namespace: asks a guest's agent one question until it answers, and prints
// what it answered. Arguments: address, request as JSON.
import { setTimeout as delay } from 'node:timers/promises';

import { AGENT_PORT, askAgent } from '../../../forkd/agent-client.ts';

const LIMITS = { connectMs: 2000, replyMs: 30_000 };
const PAUSE_MS = 250;

const [address = '', request = ''] = process.argv.slice(2);
const question: unknown = JSON.parse(request);
if (typeof question !== 'object' || question === null) throw new Error('the request is no JSON object');

for (;;) {
  try {
    const answer = await askAgent({ address: `${address}:${AGENT_PORT}` }, { ...question }, LIMITS);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    break;
  } catch {
    // Nothing listens until the guest is warm: its first answer is what is waited for.
    await delay(PAUSE_MS);
  }
}
