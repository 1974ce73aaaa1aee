import type { AcceptanceRecord, ExaminedUser } from '../../src/record/acceptance-record.ts';

/** A user in whom nothing was found wrong; its marks are its own. */
export function examinedUser(user: string, changes: Partial<ExaminedUser> = {}): ExaminedUser {
  return {
    user,
    sandboxId: `sb-${user}`,
    snapshotTag: 'jupyter',
    forgery: { status: 'ignored', kinds: ['unsigned'] },
    marks: { random: `random of ${user}`, uuid4: `uuid of ${user}` },
    restart: { sandboxIdAfter: `sb-${user}`, expected: '101', actual: '101' },
    ...changes,
  };
}

export function acceptanceRecord(changes: Partial<AcceptanceRecord> = {}): AcceptanceRecord {
  return {
    installation: {
      status: 'installed',
      python: '3.12.1',
      jupyterhub: '6.1.1',
      spawner: 'forkd_jupyter_spawner.spawner.ForkdSpawner',
    },
    configuration: ['c.JupyterHub.spawner_class', 'c.ForkdSpawner.controller_url'],
    snapshotTag: 'jupyter',
    users: [examinedUser('a'), examinedUser('b')],
    leftovers: [],
    ...changes,
  };
}
