// Shows what 200 users cost the client itself: `bench --hub` against a stand-in of a hub whose servers
// are ready after a second, in a process of its own. Fails when the client needs a core or more.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { requireFreshBuild } from './fresh-build.ts';

const USERS = 200;
const READY_AFTER_MS = 1000;
const BIN = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const HUB = fileURLToPath(new URL('../test/helpers/programs/serve-hub.ts', import.meta.url));

/** The stand-in's cells show the last word of their code. */
const CELLS = {
  expressions: [{ expression: 'show 1', expected: '1' }],
  template: { expression: 'show {n}', expected: '{n}' },
};

requireFreshBuild(fileURLToPath(new URL('..', import.meta.url)));
const folder = await mkdtemp(join(tmpdir(), 'bench-client-'));
const hub = spawn(process.execPath, [HUB, String(READY_AFTER_MS)], { stdio: ['pipe', 'pipe', 'inherit'] });
try {
  const [url] = await once(createInterface(hub.stdout), 'line');
  const results = [];
  for (const arrivals of ['burst', 'poisson:50/s']) results.push(...(await measure(url, arrivals)));
  for (const line of results) console.log(line.text);
  process.exitCode = results.every(({ cores, right }) => cores < 1 && right === USERS) ? 0 : 1;
} finally {
  hub.stdin.end();
  await rm(folder, { recursive: true });
}

async function measure(url, arrivals) {
  const [token, cells] = [join(folder, 'token'), join(folder, 'cells.json')];
  await writeFile(token, 'any');
  await writeFile(cells, JSON.stringify(CELLS));
  const target = ['--hub', url, '--token-file', token, '--yes', '--users', String(USERS)];
  const load = ['--arrivals', arrivals, '--rounds', '3', '--budget', '30s', '--expressions', cells];
  const args = ['bench', ...target, ...load, '--out', folder, '--json'];
  const client = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  client.stdout.on('data', (chunk) => (text += chunk));
  await once(client, 'close');
  const judged = JSON.parse(text).rounds.filter(({ warmup }) => !warmup);
  return judged.map((round) => describe(round, arrivals));
}

function describe({ index, users, wallMs, clientLag }, arrivals) {
  const right = users.filter(({ actual, expected }) => actual === expected).length;
  const { cores, p50Ms, p99Ms } = clientLag;
  const lag = `lag p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  const text = `${arrivals}, round ${index}: ${right} of ${USERS} right in ${wallMs.toFixed(0)} ms; client ${cores.toFixed(2)} cores, ${lag}`;
  return { cores, right, text };
}
