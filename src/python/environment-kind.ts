/** What an environment is for: runs, our Python tests, or those with JupyterHub 5. */
export const ENVIRONMENT_KINDS = ['run', 'test', 'test-hub5'] as const;

export type EnvironmentKind = (typeof ENVIRONMENT_KINDS)[number];

export interface LockFile {
  readonly file: string;
  /** What installing it is called. */
  readonly what: string;
}

const RUN: LockFile = {
  file: 'requirements.lock',
  what: 'JupyterHub, JupyterLab, ipykernel and numpy (once, about a minute)',
};
const TEST: LockFile = { file: 'requirements-dev.lock', what: 'the test tools' };
const HUB5: LockFile = { file: 'requirements-hub5.lock', what: 'JupyterHub 5' };

/** The lock files that are installed one after another: a later one replaces what it names. */
export const LOCK_FILES: Readonly<Record<EnvironmentKind, readonly LockFile[]>> = {
  run: [RUN],
  test: [RUN, TEST],
  'test-hub5': [RUN, TEST, HUB5],
};
