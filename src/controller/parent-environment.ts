/** By which everything that descends from a controller is found (docs/protocols.md §3). */
export const INSTANCE_VARIABLE = 'FORKD_CONTROLLER_INSTANCE';

/** By which everything that descends from one parent is found, when that parent has died. */
export const PARENT_VARIABLE = 'FORKD_CONTROLLER_PARENT';

// An identity, a secret or a setting of the controller's own surroundings: none of a user's business.
const PRIVATE = /^(JUPYTERHUB_|JPY_|CONFIGPROXY_|FORKD_|NODE_|npm_|VITEST|OCLIF_)|TOKEN|SECRET|PASSWORD/i;

export interface ParentPlace {
  readonly instance: string;
  readonly parent: string;
  /** A folder that goes with the parent's snapshot; every sandbox has one of its own. */
  readonly temporary: string;
}

/** The environment that a parent hands down to all its sandboxes. */
export function parentEnvironment(own: NodeJS.ProcessEnv, place: ParentPlace): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !PRIVATE.test(name));
  return {
    ...Object.fromEntries(kept),
    [INSTANCE_VARIABLE]: place.instance,
    [PARENT_VARIABLE]: place.parent,
    TMPDIR: place.temporary,
  };
}
