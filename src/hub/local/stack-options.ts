import type { HubMeasurements, HubSpawner } from './local-hub-settings.ts';

export interface StackOptions {
  /** `embedded`, or the URL of a forkd controller. */
  readonly controller: string;
  /** Of the controller at that URL. */
  readonly tokenFile?: string | undefined;
  /** Names of our variables that the embedded controller hands on to users, beside the usual ones. */
  readonly envKeep: readonly string[];
  readonly snapshotTag: string;
  readonly spawner: HubSpawner;
  /** A file with lines for the hub's configuration. */
  readonly hubConfig?: string | undefined;
  /** Of the hub's public address; a free one by default. */
  readonly port?: number | undefined;
  /** Where it is given, the logs of hub and sandboxes stay; it is told their folder, which is `workDir`, at the end. */
  readonly onLogsKept?: ((folder: string) => void) | undefined;
  /** What the hub is to measure inside of itself; nothing by default. */
  readonly measure?: HubMeasurements | undefined;
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal;
}
