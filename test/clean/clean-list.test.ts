import { expect, it } from 'vitest';

import { cleanList } from '../../src/clean/clean-list.ts';

const FOLDER = {
  kind: 'folder',
  path: '/tmp/forkd-x',
  sizeMib: 2,
  reason: 'of a run that has ended',
} as const;

const STRAY = {
  kind: 'microVM',
  pid: 4711,
  namespace: 'forkd-child-3',
  startTicks: 1,
  sizeMib: 0,
  reason: 'nobody lists it',
} as const;

it('says what became of each thing, and what it comes to', () => {
  const text = cleanList([
    { ...FOLDER, outcome: 'removed' },
    { ...FOLDER, outcome: 'in use', inUse: 'process 1 (init)' },
    { ...FOLDER, kind: 'cgroup', sizeMib: 0, outcome: 'failed', failure: 'EACCES' },
    { ...STRAY, outcome: 'removed' },
  ]);

  expect(text).toBe(`removed: folder /tmp/forkd-x, 2 MiB (of a run that has ended)
in use: folder /tmp/forkd-x, 2 MiB (process 1 (init))
failed: cgroup /tmp/forkd-x (EACCES)
removed: microVM 4711 in forkd-child-3 (nobody lists it)
2 removed (2 MiB), 1 in use (2 MiB), 1 failed (0 MiB)`);
});

it('says that there is nothing', () => {
  expect(cleanList([])).toBe('nothing to clean');
});

it('shows a command line of many lines, and of control characters, on one line', () => {
  const inUse = 'process 7 (python -c import time\n\u001B[31mtime\u001B[0m.sleep(1)\u0007\r\n)';

  const [line, ...more] = cleanList([{ ...FOLDER, outcome: 'in use', inUse }]).split('\n');

  expect(line).toBe(
    'in use: folder /tmp/forkd-x, 2 MiB (process 7 (python -c import time time.sleep(1)\\x07 ))',
  );
  expect(more).toHaveLength(1);
});
