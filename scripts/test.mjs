// `npm test`: every suite, and one closing line that adds them up.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const python = fileURLToPath(new URL('../python', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const reports = mkdtempSync(join(tmpdir(), 'forkd-spawner-test-'));
let outputs = 0;

/** What it prints appears when it has ended, since others may run at the same time. */
async function run(title, command, args, options = {}) {
  console.log(`── ${title} …`);
  const started = performance.now();
  const path = join(reports, `output-${(outputs += 1)}`);
  const output = openSync(path, 'w');
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', output, output], ...options });
  const [status] = await once(child, 'close');
  closeSync(output);
  console.log(`\n${readFileSync(path, 'utf8').trimEnd()}`);
  console.log(`── ${title}: ${status === 0 ? 'passed' : 'FAILED'} after ${seconds(started)} s`);
  return status === 0;
}

const seconds = (started) => ((performance.now() - started) / 1000).toFixed(1);

/** A static check counts as one test. */
function check(title, command, args, options) {
  return async () => {
    const passed = await run(title, command, args, options);
    return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
  };
}

/** A suite counts as its tests; one that could not run, or failed without a failed test, as a failure. */
function suite(title, command, args, report, count, options) {
  return async () => {
    const passed = await run(title, command, args, options);
    const counts = countOr(report, count);
    return passed || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  };
}

function countOr(report, count) {
  try {
    return count(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function countVitest(text) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(text);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

function countJunit(text) {
  const number = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  return { passed: number('tests') - failed - number('skipped'), failed, skipped: number('skipped') };
}

/** The end-to-end tests run what `npm ci` has built. */
async function build() {
  if (!(await run('build', process.execPath, ['scripts/build.mjs']))) throw new Error('the build failed');
}

/** Its set-up is part of what is tested: no suite of ours works without it. */
function testEnvironment(...flags) {
  const args = ['bin/run.js', 'setup', '--for-tests', ...flags, '--json'];
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('the Python environment for the tests could not be made');
  return JSON.parse(stdout);
}

/** JupyterHub's own tests, with our spawner, and its newest release of this number. */
function hubSuite(major, { python: interpreter }, options) {
  const report = join(reports, `jupyterhub-${major}.xml`);
  const args = ['tests/hub_suite', '-q', `--junit-xml=${report}`];
  return suite(`JupyterHub ${major}'s own tests`, interpreter, args, report, countJunit, options);
}

function staticChecks(binDir, interpreter, inPython) {
  const tool = (name) => join(binDir, name);
  return [
    check('types', bin('tsc'), ['-p', 'tsconfig.json']),
    check('lint', bin('eslint'), ['.']),
    check('directions', bin('depcruise'), ['src']),
    check('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']),
    check('unused code', bin('knip'), []),
    check('python lint', tool('ruff'), ['check', '.'], inPython),
    check('python format', tool('ruff'), ['format', '--check', '.'], inPython),
    check('python rooms', tool('lint-imports'), ['--no-cache'], inPython),
    check('python types', tool('pyright'), ['--pythonpath', interpreter], inPython),
  ];
}

/** Of our own Python tests, the part that takes longest. */
function pytestOfSpawner(interpreter, options) {
  return pytest('pytest of the spawner', 'spawner', ['tests/spawner'], interpreter, options);
}

function pytestOfTheRest(interpreter, options) {
  return pytest('pytest of the rest', 'rest', ['tests', '--ignore=tests/spawner'], interpreter, options);
}

function pytest(title, name, selection, interpreter, options) {
  const report = join(reports, `pytest-${name}.xml`);
  const args = ['-m', 'pytest', '-q', ...selection, `--junit-xml=${report}`];
  return suite(title, interpreter, args, report, countJunit, options);
}

/** Of our own tests, those of what JupyterHub 5 may do otherwise than the newest. */
function pytestWithHub5({ python: interpreter }, options) {
  const report = join(reports, 'pytest-hub-5.xml');
  const files = ['test_stop_during_start.py', 'test_stopped_while_waiting.py'].map(
    (file) => `tests/spawner/${file}`,
  );
  const args = ['-m', 'pytest', '-q', ...files, `--junit-xml=${report}`];
  return suite('pytest with JupyterHub 5', interpreter, args, report, countJunit, options);
}

function vitest(options) {
  const report = join(reports, 'vitest.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return suite('vitest', bin('vitest'), args, report, countVitest, options);
}

/**
 * Those of a lane run one after another. The Python tests wait for much of their time, for hubs and
 * servers to come and go, so they run side by side; vitest, which alone keeps two processors busy,
 * begins when the shortest lane is through.
 */
function lanes(hub6, hub5) {
  const { python: interpreter, binDir } = hub6;
  const path = `${join(root, 'node_modules', '.bin')}:${binDir}:${process.env.PATH}`;
  const env = { ...process.env, PATH: path, FORKD_SPAWNER_TEST_PYTHON: interpreter };
  delete env.PYTHONDONTWRITEBYTECODE;
  const inPython = { cwd: python, env };
  return [
    [pytestOfSpawner(interpreter, inPython)],
    [...staticChecks(binDir, interpreter, inPython), pytestOfTheRest(interpreter, inPython), vitest({ env })],
    [hubSuite(6, hub6, inPython), hubSuite(5, hub5, inPython), pytestWithHub5(hub5, inPython)],
  ];
}

async function runAll(allLanes) {
  const results = [];
  const runLane = async (lane) => {
    for (const test of lane) results.push(await test());
  };
  await Promise.all(allLanes.map(runLane));
  return results;
}

function add(results) {
  const sum = (name) => results.reduce((total, result) => total + result[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

async function main() {
  try {
    await build();
    const results = await runAll(lanes(testEnvironment(), testEnvironment('--hub5')));
    const { passed, failed, skipped } = add(results);
    const tail = skipped === 0 ? '' : `, ${skipped} skipped`;
    console.log(`\n${passed} passed, ${failed} failed${tail}`);
    return failed === 0 && passed > 0 ? 0 : 1;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

process.exitCode = await main();
