/** The one table of exit codes. A test compares `docs/exit-codes.md` with it: codes and meanings. */
export const EXIT_CODES = {
  passed: { code: 0, meaning: 'passed' },
  failed: { code: 1, meaning: 'a criterion failed' },
  usage: { code: 2, meaning: 'wrong usage' },
  environment: { code: 3, meaning: 'the environment is not ready' },
  incomplete: { code: 4, meaning: 'the run is incomplete' },
  bug: { code: 70, meaning: 'a bug in forkd-spawner' },
  interrupted: { code: 130, meaning: 'interrupted' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitReason = keyof typeof EXIT_CODES;
