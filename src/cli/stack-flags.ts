import { Flags } from '@oclif/core';

import type { TargetIo } from '../bench/target/run-io.ts';
import { ENV_KEEP, parseEnvKeep, type StartedBy } from './env-keep.ts';
import { pathFlag } from './path-flag.ts';

/** The flags of every command that starts a stack of its own: a hub, and the controller that it needs. */
export const STACK_FLAGS = {
  'token-file': pathFlag({ summary: 'file with the token of --controller' }),
  'env-keep': ENV_KEEP,
  'keep-logs': Flags.boolean({
    summary: 'keep the logs of hub, parent and sandboxes, and say where they are',
  }),
};

export type StackSettings = Pick<TargetIo, 'tokenFile' | 'envKeep' | 'onLogsKept'>;

interface StackFlags extends StartedBy {
  readonly 'token-file': string | undefined;
  readonly 'env-keep': readonly string[] | undefined;
  readonly 'keep-logs': boolean;
}

/** Reads the settings of a stack; every problem is a `UsageError`. */
export function stackSettings(flags: StackFlags): StackSettings {
  return {
    tokenFile: flags['token-file'],
    envKeep: parseEnvKeep(flags['env-keep'], flags),
    onLogsKept: flags['keep-logs'] ? sayWhereLogsAre : undefined,
  };
}

/** Writes to standard error: standard output is for results. */
function sayWhereLogsAre(folder: string): void {
  process.stderr.write(`logs are kept in ${folder}\n`);
}
