import { createInterface } from 'node:readline/promises';

import { UsageError } from '../faults/errors.ts';
import type { BenchPlan } from '../bench/plan/bench-plan.ts';

/** How many servers may be started on somebody's hub without a question. */
const FREE_USERS = 10;

interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Asks before an existing hub gets the load of many users; refuses where nobody can be asked. */
export async function confirmLoad(
  plans: readonly BenchPlan[],
  yes: boolean,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<void> {
  const users = Math.max(...plans.map((plan) => plan.users));
  const hub = plans[0]?.hub;
  if (hub === undefined || yes || users <= FREE_USERS) return;
  const what = `start ${users} servers at ${hub.url}, for ${hub.names[0] ?? ''} … ${hub.names.at(-1) ?? ''}`;
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new UsageError(`not without being asked: this would ${what}`, {
      hint: 'add --yes where there is no terminal to ask at',
    });
  }
  const terminal = createInterface({ input, output });
  const answer = await terminal.question(`This will ${what}. Go on? [y/N] `).finally(() => {
    terminal.close();
  });
  if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError('nothing was started: the answer was no');
}
