// `npm test`: every suite, one after another, and one closing line that adds them up.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const python = fileURLToPath(new URL('../python', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const reports = mkdtempSync(join(tmpdir(), 'forkd-spawner-test-'));

function run(title, command, args, options = {}) {
  console.log(`\n── ${title}`);
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  console.log(`── ${title}: ${status === 0 ? 'passed' : 'FAILED'} after ${seconds(started)} s`);
  return status === 0;
}

const seconds = (started) => ((performance.now() - started) / 1000).toFixed(1);

/** A static check counts as one test. */
function check(title, command, args, options) {
  const passed = run(title, command, args, options);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** A suite counts as its tests; one that could not run, or failed without a failed test, as a failure. */
function suite(title, command, args, report, count, options) {
  const passed = run(title, command, args, options);
  const counts = countOr(report, count);
  return passed || counts.failed > 0 ? counts : { ...counts, failed: 1 };
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
function build() {
  if (!run('build', process.execPath, ['scripts/build.mjs'])) throw new Error('the build failed');
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

function suites(hub6, hub5) {
  const { python: interpreter, binDir } = hub6;
  const vitestReport = join(reports, 'vitest.json');
  const pytestReport = join(reports, 'pytest.xml');
  const path = `${join(root, 'node_modules', '.bin')}:${binDir}:${process.env.PATH}`;
  const env = { ...process.env, PATH: path, FORKD_SPAWNER_TEST_PYTHON: interpreter };
  delete env.PYTHONDONTWRITEBYTECODE;
  const inPython = { cwd: python, env };
  const tool = (name) => join(binDir, name);
  return [
    check('types', bin('tsc'), ['-p', 'tsconfig.json']),
    check('lint', bin('eslint'), ['.']),
    check('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']),
    check('unused code', bin('knip'), []),
    check('python lint', tool('ruff'), ['check', '.'], inPython),
    check('python format', tool('ruff'), ['format', '--check', '.'], inPython),
    check('python types', tool('pyright'), ['--pythonpath', interpreter], inPython),
    suite(
      'pytest',
      interpreter,
      ['-m', 'pytest', '-q', `--junit-xml=${pytestReport}`],
      pytestReport,
      countJunit,
      inPython,
    ),
    hubSuite(6, hub6, inPython),
    hubSuite(5, hub5, inPython),
    suite(
      'vitest',
      bin('vitest'),
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
      vitestReport,
      countVitest,
      { env },
    ),
  ];
}

function add(results) {
  const sum = (name) => results.reduce((total, result) => total + result[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

function main() {
  try {
    build();
    const { passed, failed, skipped } = add(suites(testEnvironment(), testEnvironment('--hub5')));
    const tail = skipped === 0 ? '' : `, ${skipped} skipped`;
    console.log(`\n${passed} passed, ${failed} failed${tail}`);
    return failed === 0 && passed > 0 ? 0 : 1;
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
}

process.exitCode = main();
