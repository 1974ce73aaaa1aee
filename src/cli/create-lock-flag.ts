import { Flags } from '@oclif/core';

/** The flag of commands that create sandboxes at a controller that hubs use. */
export const CREATE_LOCK_FOLDER = Flags.string({
  summary:
    "folder of the hubs' lock for creating sandboxes, where c.ForkdSpawner.create_lock_folder names one",
});
