/** Leads the processes of a run of ours to its folder (src/files/run-folder.ts). */
export const RUN_VARIABLE = 'FORKD_SPAWNER_RUN';

/**
 * Besides that one, variables that Jupyter or the system needs anyway and that lead into a sandbox's own folder. An
 * activation may replace some of them, never all (docs/protocols.md §3).
 */
const VARIABLES: ReadonlySet<string> = new Set([
  RUN_VARIABLE,
  'FORKD_SANDBOX_DIR',
  'HOME',
  'JUPYTER_RUNTIME_DIR',
  'TMPDIR',
]);

/**
 * Whether an environment, as /proc/PID/environ has it, is that of a process which descends from a
 * sandbox, a parent or a run that lives in one of these folders.
 */
export function leadsInto(environment: string, folders: readonly string[]): boolean {
  return environment.split('\0').some((entry) => {
    const [name = '', value = ''] = split(entry);
    return VARIABLES.has(name) && folders.some((folder) => isWithin(folder, value));
  });
}

/** The same for `grep -F`: texts, one of which is in each such environment. */
export function marksOf(folder: string): readonly string[] {
  return [...VARIABLES].map((name) => `${name}=${folder}/`);
}

function split(entry: string): readonly string[] {
  const equals = entry.indexOf('=');
  return [entry.slice(0, equals), entry.slice(equals + 1)];
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
