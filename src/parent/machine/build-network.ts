import { GATEWAY_ADDRESS, TAP } from '../../forkd/forkd-layout.ts';
import type { Run } from '../../python/run-tool.ts';

/**
 * Makes a network namespace for one build, as forkd lays out those of its children. It is nobody
 * else's: a parent leads nowhere but to us while it warms up.
 */
export async function makeBuildNetwork(name: string, run: Run): Promise<void> {
  await run('ip', ['netns', 'add', name]);
  const ip = async (...args: readonly string[]): Promise<unknown> => run('ip', ['-n', name, ...args]);
  await ip('link', 'set', 'lo', 'up');
  await ip('tuntap', 'add', TAP, 'mode', 'tap');
  await ip('addr', 'add', `${GATEWAY_ADDRESS}/24`, 'dev', TAP);
  await ip('link', 'set', TAP, 'up');
}

/** The tap goes with it. One that is gone already is no failure. */
export async function removeBuildNetwork(name: string, run: Run): Promise<void> {
  const { stdout } = await run('ip', ['netns', 'list']);
  if (stdout.split('\n').some((line) => line.split(' ')[0] === name))
    await run('ip', ['netns', 'delete', name]);
}
