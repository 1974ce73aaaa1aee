import { userInfo } from 'node:os';

/**
 * What JupyterHub's own process spawner hands on to a server by default.
 * ref: LocalProcessSpawner's env_keep in jupyterhub/spawner.py
 */
const ENV_KEEP: readonly string[] = [
  'CONDA_DEFAULT_ENV',
  'CONDA_ROOT',
  'JUPYTERHUB_SINGLEUSER_APP',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'PATH',
  'PYTHONPATH',
  'VIRTUAL_ENV',
];

/**
 * The variables without which a parent finds neither its user's packages nor its machine's time and
 * language.
 */
const ALSO_NEEDED = /^(HOME|LC_[A-Z]+|TZ)$/;

/**
 * The environment that a parent hands down to all its sandboxes: an allow list, since nobody can
 * list what may be secret in a controller's own.
 *
 * @param more names that the operator wants kept, too
 * @param temporary a folder of this parent alone, by which it is found (`process-marks.ts`)
 */
export function parentEnvironment(
  own: NodeJS.ProcessEnv,
  more: readonly string[],
  temporary: string,
): NodeJS.ProcessEnv {
  const names = new Set([...ENV_KEEP, ...more]);
  const kept = Object.entries(own).filter(([name]) => names.has(name) || ALSO_NEEDED.test(name));
  return { ...account(), ...Object.fromEntries(kept), TMPDIR: temporary };
}

/**
 * Takes USER and SHELL from the system's accounts, as JupyterHub does; a container need not have an
 * account.
 */
function account(): NodeJS.ProcessEnv {
  try {
    const { username, shell } = userInfo();
    return { USER: username, ...(shell !== null && { SHELL: shell }) };
  } catch {
    return {};
  }
}
