import { Flags } from '@oclif/core';

import { UsageError } from '../errors.ts';
import { pathFlag } from './path-flag.ts';

/** Of whatever starts the embedded controller. */
export const ENV_KEEP = Flags.string({
  multiple: true,
  delimiter: ',',
  summary:
    "variable of the embedded controller's own environment that users get, too, as of JupyterHub's env_keep; repeatable",
});

/** Of whatever starts a stack of its own: a hub, and the controller that it needs. */
export const STACK_FLAGS = {
  'token-file': pathFlag({ summary: 'file with the token of --controller' }),
  'env-keep': ENV_KEEP,
  'keep-logs': Flags.boolean({
    summary: 'keep the logs of hub, parent and sandboxes, and say where they are',
  }),
};

export interface StackSettings {
  readonly tokenFile: string | undefined;
  readonly envKeep: readonly string[];
  /** Told at the end where the logs are; undefined: they are not kept. */
  readonly onLogsKept: ((folder: string) => void) | undefined;
}

export function stackSettings(flags: {
  readonly 'token-file': string | undefined;
  readonly 'env-keep': readonly string[] | undefined;
  readonly 'keep-logs': boolean;
}): StackSettings {
  return {
    tokenFile: flags['token-file'],
    envKeep: parseEnvKeep(flags['env-keep']),
    onLogsKept: flags['keep-logs'] ? sayWhereLogsAre : undefined,
  };
}

/** On standard error: standard output is for results. */
function sayWhereLogsAre(folder: string): void {
  process.stderr.write(`logs are kept in ${folder}\n`);
}

/** Names alone: a value would be in the list of processes for everybody to read. */
export function parseEnvKeep(names: readonly string[] = []): readonly string[] {
  const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong === undefined) return names;
  const name = wrong.split('=')[0] ?? '';
  throw new UsageError(`--env-keep takes names of variables, and '${name}' with what follows is none`, {
    hint: "give the name alone, as in --env-keep HTTPS_PROXY; the value is the controller's own",
  });
}
