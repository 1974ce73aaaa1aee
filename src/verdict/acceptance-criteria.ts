import type { AcceptanceRecord, ExaminedUser } from '../record/acceptance-record.ts';
import type { Criterion } from '../record/run-record.ts';
import type { Check } from './evidence.ts';
import { worstStatus } from './over-users.ts';

type Status = Criterion['status'];
type Part = (acceptance: AcceptanceRecord) => Criterion;

/** What an acceptance asks for on top of a run's own criteria. A part without evidence is unknown. */
export const ACCEPTANCE_CRITERIA: readonly Check[] = [
  pipInstalls,
  minimalConfigurationSpawns,
  stateSurvivesRestart,
  onlySignedMessagesAreAnswered,
  clonesAreUnique,
  nothingIsLeftOfExamination,
].map(
  (part: Part): Check =>
    ({ acceptance }) =>
      acceptance && part(acceptance),
);

function pipInstalls({ installation }: AcceptanceRecord): Criterion {
  const name = 'pip installs it into a clean environment';
  if (installation === undefined) return { name, status: 'unknown', detail: 'was not tried' };
  if (installation.status === 'failed') return { name, status: 'missed', detail: installation.cause };
  const { spawner, python, jupyterhub } = installation;
  return {
    name,
    status: 'met',
    detail: `${spawner} loads on Python ${python} with JupyterHub ${jupyterhub}`,
  };
}

function minimalConfigurationSpawns({ users, configuration, snapshotTag }: AcceptanceRecord): Criterion {
  const name = `a minimal configuration spawns kernels from '${snapshotTag ?? '?'}'`;
  const criterion = overExamined(name, users, (user) => {
    if (user.snapshotTag === undefined) return 'unknown';
    return user.snapshotTag === snapshotTag ? 'met' : 'missed';
  });
  const lines = configuration?.length ?? 0;
  return { ...criterion, detail: `${criterion.detail}, ${lines} lines of configuration` };
}

function stateSurvivesRestart({ users }: AcceptanceRecord): Criterion {
  return overExamined('state survives a restart of the hub', users, ({ sandboxId, restart }) => {
    if (restart === undefined || restart.error !== undefined || sandboxId === undefined) return 'unknown';
    return restart.sandboxIdAfter === sandboxId && restart.actual === restart.expected ? 'met' : 'missed';
  });
}

const FORGERY_STATUS = { ignored: 'met', answered: 'missed', failed: 'unknown' } as const;

function onlySignedMessagesAreAnswered({ users }: AcceptanceRecord): Criterion {
  return overExamined('kernels answer signed messages only', users, ({ forgery }) =>
    forgery === undefined ? 'unknown' : FORGERY_STATUS[forgery.status],
  );
}

/** Two users are needed to be different from each other. */
function clonesAreUnique({ users = [] }: AcceptanceRecord): Criterion {
  const name = 'clones are unique';
  const marks = users.flatMap((user) => (user.marks === undefined ? [] : [user.marks]));
  const names = [...new Set(marks.flatMap((one) => Object.keys(one)))];
  const shared = names.filter((mark) => hasDuplicates(marks.flatMap((one) => one[mark] ?? [])));
  if (shared.length > 0) {
    return { name, status: 'missed', detail: `users share: ${shared.join(', ')}` };
  }
  const everywhere = names.filter((mark) => marks.every((one) => one[mark] !== undefined));
  const isComplete =
    users.length > 1 &&
    marks.length === users.length &&
    names.length > 0 &&
    everywhere.length === names.length;
  const compared = `${marks.length} of ${users.length} users compared`;
  if (!isComplete) return { name, status: 'unknown', detail: compared };
  return { name, status: 'met', detail: `${compared}: ${names.join(', ')}` };
}

function hasDuplicates(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}

function nothingIsLeftOfExamination({ leftovers }: AcceptanceRecord): Criterion {
  const name = 'nothing is left after the restart';
  if (leftovers === undefined) return { name, status: 'unknown', detail: 'could not be checked' };
  if (leftovers.length === 0) return { name, status: 'met', detail: 'no sandbox, process or port' };
  const proved = leftovers.some(({ kind }) => kind !== 'unknown');
  const detail = leftovers.map((one) => `${one.kind} ${one.detail}`).join(', ');
  return { name, status: proved ? 'missed' : 'unknown', detail };
}

function overExamined(
  name: string,
  users: readonly ExaminedUser[] = [],
  statusOf: (user: ExaminedUser) => Status,
): Criterion {
  const statuses = users.map((user) => [user, statusOf(user)] as const);
  const status = worstStatus(statuses.map(([, found]) => found));
  const unmet = statuses.filter(([, found]) => found !== 'met').map(([user]) => user);
  const detail = [`${users.length - unmet.length} of ${users.length} users`, ...unmet.slice(0, 3).map(why)];
  return { name, status, detail: detail.join('; ') };
}

function why({ user, error, forgery, restart }: ExaminedUser): string {
  const answered = forgery?.status === 'answered' ? `answers ${forgery.kinds.join(', ')}` : undefined;
  const failed = forgery?.status === 'failed' ? forgery.cause : undefined;
  const reason = error ?? restart?.error ?? answered ?? failed;
  return reason === undefined ? user : `${user}: ${reason}`;
}
