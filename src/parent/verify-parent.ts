import { setTimeout as delay } from 'node:timers/promises';

import { messageOf } from '../faults/caught-error.ts';
import { ControllerClient } from '../forkd/controller-client.ts';
import type { EvalReply } from '../forkd/controller-replies.ts';
import { EnvironmentError } from '../faults/errors.ts';
import type { Verified } from './verified.ts';

const PING_AGAIN_MS = 250;

export interface VerifyOptions {
  readonly tag: string;
  readonly controller: string;
  readonly tokenFile: string | undefined;
  /** The hubs' `create_lock_folder`; undefined: the host's own for locks. */
  readonly lockFolder: string | undefined;
  /** The version of this command line: the guest's is to be the same. */
  readonly ownVersion: string;
  /** How long a new child may take to answer. */
  readonly answerTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

/** Forks one child of a snapshot through its controller, looks at it, and deletes it. */
export async function verifyParent(options: VerifyOptions): Promise<readonly Verified[]> {
  const { controller, tokenFile, lockFolder, signal } = options;
  const client = await ControllerClient.connect(controller, tokenFile, lockFolder);
  try {
    await requireBootable(client, options);
    options.onProgress(`forking a child of '${options.tag}'`);
    const started = performance.now();
    const { id, netns } = await client.createSandbox({ snapshotTag: options.tag }, signal);
    try {
      const fork = { check: 'fork', passed: true, found: `${id} in ${netns ?? 'no namespace of its own'}` };
      return [{ ...fork, durationMs: since(started) }, ...(await examine(client, id, options))];
    } finally {
      await client.deleteSandbox(id);
    }
  } finally {
    await client.close();
  }
}

async function requireBootable(client: ControllerClient, { tag, controller }: VerifyOptions): Promise<void> {
  const snapshots = await client.listSnapshots();
  const snapshot = snapshots.find((one) => one.tag === tag);
  if (snapshot?.bootable === true) return;
  const what = snapshot === undefined ? 'has no snapshot' : 'cannot boot its snapshot';
  throw new EnvironmentError(`the controller at ${controller} ${what} '${tag}'`, {
    hint:
      snapshot?.warning ??
      `it has: ${snapshots.map((one) => one.tag).join(', ') || 'none'}; is its --snapshot-root the one of parent build?`,
  });
}

async function examine(
  client: ControllerClient,
  id: string,
  options: VerifyOptions,
): Promise<readonly Verified[]> {
  const { onProgress, signal } = options;
  const verified: Verified[] = [];
  for (const { check, look } of CHECKS) {
    signal.throwIfAborted();
    onProgress(`looking at ${check}`);
    const started = performance.now();
    const outcome = await look({ client, id, options }).catch((error: unknown) => failed(messageOf(error)));
    verified.push({ check, ...outcome, durationMs: since(started) });
    // A child that doesn't answer has no more to say.
    if (check === 'ping' && !outcome.passed) break;
  }
  return verified;
}

interface Child {
  readonly client: ControllerClient;
  readonly id: string;
  readonly options: VerifyOptions;
}

type Outcome = Pick<Verified, 'passed' | 'found'>;

const CHECKS: readonly { readonly check: string; readonly look: (child: Child) => Promise<Outcome> }[] = [
  { check: 'ping', look: ping },
  { check: 'guest version', look: compareVersions },
  { check: 'cell', look: runCell },
  { check: 'program', look: runProgram },
  { check: 'user', look: lookAtUser },
];

/** Just after a fork, an overloaded host's child may miss a ping: only silence for long counts. */
async function ping({ client, id, options }: Child): Promise<Outcome> {
  const deadline = performance.now() + options.answerTimeoutMs;
  for (;;) {
    try {
      await client.ping(id);
      return passed('answers');
    } catch (error) {
      if (performance.now() > deadline) return failed(messageOf(error));
    }
    await delay(PING_AGAIN_MS, undefined, { signal: options.signal });
  }
}

async function compareVersions({ client, id, options: { ownVersion: version } }: Child): Promise<Outcome> {
  const code = "__import__('forkd_jupyter_guest').__version__";
  return judge(await client.evaluate(id, code), `'${version}'`, `this forkd-spawner is ${version}`);
}

async function runCell({ client, id }: Child): Promise<Outcome> {
  return judge(
    await client.evaluate(id, 'int(numpy.arange(10).sum())'),
    '45',
    'numpy.arange(10).sum() is 45',
  );
}

async function runProgram({ client, id }: Child): Promise<Outcome> {
  const { stdout, exit_code: exitCode } = await client.exec(id, ['uname', '-r']);
  return exitCode === 0 ? passed(`Linux ${stdout.trim()}`) : failed(`uname ended with exit code ${exitCode}`);
}

/** Nobody is in it yet, and whoever comes is no root. */
async function lookAtUser({ client, id }: Child): Promise<Outcome> {
  const { stdout, exit_code: exitCode } = await client.exec(id, ['id', 'jovyan']);
  return exitCode === 0 ? passed(stdout.trim()) : failed('the guest has no user jovyan');
}

function judge({ result, error }: EvalReply, expected: string, meaning: string): Outcome {
  if (error !== null) return failed(error);
  return result === expected ? passed(result) : failed(`${result ?? 'nothing'}, and ${meaning}`);
}

function passed(found: string): Outcome {
  return { passed: true, found };
}

function failed(found: string): Outcome {
  return { passed: false, found };
}

function since(started: number): number {
  return Math.round(performance.now() - started);
}
