// How long the embedded controller takes until N sandboxes of one request have answered a ping:
//   node scripts/bench-controller.mjs [--sandboxes 100] [--rounds 10] [--out bench-results]
// Runs what scripts/build.mjs has built. Prints min, p50 and max, and stores a record.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { request } from 'undici';

import { recordEnvironment } from '../dist/bench/environment-record.js';
import { toMicroseconds } from '../dist/bench/stopwatch.js';
import { ControllerClient } from '../dist/controller/controller-client.js';
import { startEmbeddedController } from '../dist/controller/embedded-controller.js';
import { parseWholeNumber } from '../dist/plan/whole-number.js';
import { ensurePythonEnvironment } from '../dist/python/python-environment.js';
import { storeNew } from '../dist/results/new-file.js';
import { prepareRecordFolder } from '../dist/results/record-store.js';
import { describeSamples } from '../dist/stats/statistics.js';
import { requireFreshBuild } from './fresh-build.ts';

const SNAPSHOT = 'jupyter';
// The first round meets code that has never run, the client's included.
const WARMUP_ROUNDS = 1;

const plan = readPlan();
requireFreshBuild(fileURLToPath(new URL('..', import.meta.url)));
await prepareRecordFolder(plan.out);
const startedAt = new Date().toISOString();
const { python, versions } = await ensurePythonEnvironment({ onProgress: console.error });
const rounds = await withController(python, (controller) => runRounds(controller, plan));
const summary = {
  createdMs: describeSamples(rounds.map(({ createdMs }) => createdMs)),
  answeredMs: describeSamples(rounds.map(({ answeredMs }) => answeredMs)),
};
for (const [name, { min, p50, max }] of Object.entries(summary)) {
  console.log(`${name.padEnd(10)} min ${min.toFixed(0)}, p50 ${p50.toFixed(0)}, max ${max.toFixed(0)} ms`);
}
console.log(`record: ${await store()}`);

function readPlan() {
  const { values } = parseArgs({
    options: {
      sandboxes: { type: 'string', default: '100' },
      rounds: { type: 'string', default: '10' },
      out: { type: 'string', default: 'bench-results' },
    },
  });
  return {
    sandboxes: parseWholeNumber('--sandboxes', values.sandboxes, { min: 1, max: 1000 }),
    rounds: parseWholeNumber('--rounds', values.rounds, { min: 1, max: 1000 }),
    out: values.out,
  };
}

/** In this process, as the command line has it: client and controller share one event loop. */
async function withController(interpreter, action) {
  const dataDir = await mkdtemp(join(tmpdir(), 'forkd-spawner-controller-'));
  const controller = await startEmbeddedController({ dataDir });
  const client = new ControllerClient(controller);
  try {
    await client.createSnapshot({ tag: SNAPSHOT, python: interpreter });
    return await action({ ...controller, client });
  } finally {
    await client.close();
    await controller.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function runRounds(controller, { rounds: count, sandboxes }) {
  const measured = [];
  for (let index = 0; index < count + WARMUP_ROUNDS; index += 1) {
    const round = await runRound(controller, sandboxes);
    if (index >= WARMUP_ROUNDS) measured.push(round);
  }
  return measured;
}

async function runRound({ url, token, client }, count) {
  const startMs = performance.now();
  const ids = await create(url, token, count);
  const createdMs = toMicroseconds(performance.now() - startMs);
  await Promise.all(ids.map((id) => client.ping(id)));
  const answeredMs = toMicroseconds(performance.now() - startMs);
  await Promise.all(ids.map((id) => client.deleteSandbox(id)));
  return { createdMs, answeredMs };
}

async function create(url, token, count) {
  const { statusCode, body } = await request(`${url}/v1/sandboxes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ snapshot_tag: SNAPSHOT, n: count }),
  });
  const text = await body.text();
  if (statusCode !== 201) throw new Error(`POST /v1/sandboxes gave ${statusCode}: ${text}`);
  return JSON.parse(text).map(({ id }) => id);
}

async function store() {
  const { out, ...measured } = plan;
  const environment = await recordEnvironment(versions);
  const head = { schemaVersion: 1, kind: 'controller', startedAt, plan: measured };
  const record = { ...head, environment, rounds, summary };
  const name = { startedAt, what: `${plan.sandboxes}-sandboxes`, ending: '.json' };
  return storeNew(out, name, `${JSON.stringify(record, null, 2)}\n`);
}
