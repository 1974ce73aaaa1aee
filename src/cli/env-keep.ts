import { Flags } from '@oclif/core';

import { UsageError } from '../faults/errors.ts';

/** A flag of whatever starts the embedded controller. */
export const ENV_KEEP = Flags.string({
  multiple: true,
  delimiter: ',',
  summary:
    "variable of the embedded controller's own environment that users get, too, as of JupyterHub's env_keep; repeatable",
});

/** What servers are started by, in the words of the flags; by default the embedded controller. */
export interface StartedBy {
  readonly controller?: string;
  readonly spawner?: string;
  /** An existing deployment. */
  readonly hub?: string | undefined;
}

/**
 * Names alone: a value would be in the list of processes for everybody to read. Without an embedded
 * controller nothing would come of them, which whoever counts on a variable must be told.
 */
export function parseEnvKeep(names: readonly string[] = [], startedBy: StartedBy = {}): readonly string[] {
  if (names.length === 0) return names;
  refuseWithoutEmbeddedController(startedBy);
  const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong === undefined) return names;
  const name = wrong.split('=')[0] ?? '';
  throw new UsageError(`--env-keep takes names of variables, and '${name}' with what follows is none`, {
    hint: "give the name alone, as in --env-keep HTTPS_PROXY; the value is the controller's own",
  });
}

function refuseWithoutEmbeddedController(startedBy: StartedBy): void {
  const { controller = 'embedded', spawner = 'forkd', hub } = startedBy;
  if (hub !== undefined) {
    throw refusal(
      `--hub ${hub}: its servers get what its spawner gives them`,
      "set the spawner's env_keep or environment in the configuration of that hub",
    );
  }
  if (spawner !== 'forkd') {
    throw refusal(
      `--spawner ${spawner}: no controller is started for it`,
      'set c.Spawner.env_keep in a file for --hub-config',
    );
  }
  if (controller !== 'embedded') {
    throw refusal(
      `--controller ${controller}, which runs already in an environment of its own`,
      "name the variable where that controller is started ('forkd-spawner controller --env-keep NAME'); with forkd, or where it is another's, set c.ForkdSpawner.environment in the hub's configuration",
    );
  }
}

function refusal(what: string, hint: string): UsageError {
  return new UsageError(`--env-keep cannot be used with ${what}`, { hint });
}
