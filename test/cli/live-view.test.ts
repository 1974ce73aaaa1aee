import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runRecordSchema } from '../../src/record/run-record.ts';
import { HubStandIn } from '../helpers/hub-stand-in.ts';
import { runCli } from '../helpers/run-cli.ts';
import { runInTerminal } from '../helpers/run-in-terminal.ts';

/** Longer than the view takes to draw what has changed. */
const READY_AFTER_MS = 600;
/** The stand-in's cells show the last word of their code. */
const CELLS = {
  expressions: [{ expression: 'show 1', expected: '1' }],
  template: { expression: 'show {n}', expected: '{n}' },
};
const USER_LINE = /user 3 ■+·* \w+/;
// eslint-disable-next-line no-control-regex
const COLOUR = /\u001b\[3\dm/;

let folder: string;
let hub: HubStandIn;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'live-view-'));
  await writeFile(join(folder, 'token'), 'any');
  await writeFile(join(folder, 'cells.json'), JSON.stringify(CELLS));
  hub = await new HubStandIn({ readyAfterMs: READY_AFTER_MS }).start();
});

afterAll(async () => {
  hub.close();
  await rm(folder, { recursive: true });
});

function benchArguments(): readonly string[] {
  const target = ['--hub', hub.url, '--token-file', join(folder, 'token')];
  const load = ['--users', '3', '--duration', '1ms', '--budget', '30s'];
  return [
    'bench',
    ...target,
    ...load,
    '--expressions',
    join(folder, 'cells.json'),
    '--out',
    folder,
    '--json',
  ];
}

describe('the live view', { timeout: 60_000 }, () => {
  it('fills up users × stages in a terminal, and leaves standard output to the results', async () => {
    const stdout = join(folder, 'stdout.json');

    const shown = await runInTerminal(benchArguments(), stdout, { NO_COLOR: '', FORCE_COLOR: '1' });

    expect(shown).toMatch(/warm-up round: 3 users at once …\s+user 1/);
    expect(shown).toMatch(USER_LINE);
    expect(shown).toMatch(COLOUR);
    const record = runRecordSchema.strict().parse(JSON.parse(await readFile(stdout, 'utf8')));
    expect(record).toMatchObject({ verdict: 'passed', plan: { durationMs: 1 } });
  });

  it('has no colour where NO_COLOR asks for none', async () => {
    const shown = await runInTerminal(benchArguments(), '/dev/null', { NO_COLOR: '1' });

    expect(shown).toMatch(USER_LINE);
    expect(shown).not.toMatch(COLOUR);
  });

  it('is a line for each step where there is no terminal', async () => {
    const { stderr } = await runCli(benchArguments());

    expect(stderr).toMatch(/^warm-up round: 3 users at once …\n {2}3 of 3 completed, .*\nround 1: /m);
    expect(stderr).not.toContain('■');
  });
});
