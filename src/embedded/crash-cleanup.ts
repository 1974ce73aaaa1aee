import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { messageOf } from '../faults/caught-error.ts';
import { REMOVE as REMOVE_NAMESPACES } from './namespaces/layout-scripts.ts';
import { marksOf } from '../process/process-marks.ts';

// Waits for the end of its input, which is the end of the controller however it came about; then
// ends what descends from the controller's sandboxes and removes its folders, until nothing is left.
const SCRIPT = `
cat >/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  for file in $(grep -lszF "$1" /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${file#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null
  done
  [ ! -e "$4" ] || /bin/sh -c "$5" forkd-netns "$4"
  rm -rf "$2"
  [ -z "$3" ] || rmdir "$3"/* "$3" 2>/dev/null
  [ -e "$2" ] || [ -e "$3" ] || exit 0
  sleep 0.2
done
`;

export interface CrashCleanup {
  /** The controller has cleaned up by itself. */
  dismiss(): Promise<void>;
}

interface Belongings {
  readonly dataDir: string;
  readonly cgroup: string | undefined;
  /** The file that has the numbers of its namespaces, in the data folder; it need not exist. */
  readonly namespaces: string;
}

/** Leaves somebody behind who cleans up if this process is killed. */
export async function startCrashCleanup(
  { dataDir, cgroup = '', namespaces }: Belongings,
  log: (line: string) => void,
): Promise<CrashCleanup> {
  const args = [marksOf(dataDir).join('\n'), dataDir, cgroup, namespaces, REMOVE_NAMESPACES];
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'forkd-cleanup', ...args], {
    cwd: '/',
    // Users' processes may read it, where they are this user's.
    env: { PATH: process.env['PATH'] },
    detached: true, // a signal for our group must not reach it
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  const ended = once(child, 'exit');
  try {
    await once(child, 'spawn');
  } catch (error) {
    ended.catch(() => undefined);
    log(`warning: a crash of this controller would leave its folders: ${messageOf(error)}`);
    return { dismiss: () => Promise.resolve() };
  }
  return {
    dismiss: async () => {
      child.ref(); // or a process with nothing else to do would end while waiting
      child.kill('SIGKILL');
      await ended;
    },
  };
}
