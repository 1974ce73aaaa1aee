import type { HubMeasurements, HubSpawner } from './local-hub-settings.ts';

export interface StackOptions {
  /** `embedded`, or the URL of a forkd controller. */
  readonly controller: string;
  /** The file with the token of the controller at that URL. */
  readonly tokenFile?: string | undefined;
  /** Names of our variables that the embedded controller hands on to users, beside the usual ones. */
  readonly envKeep: readonly string[];
  readonly snapshotTag: string;
  readonly spawner: HubSpawner;
  /** A file with lines for the hub's configuration. */
  readonly hubConfig?: string | undefined;
  /** The port of the hub's public address; a free one by default. */
  readonly port?: number | undefined;
  /**
   * It is told at the end in which folder the logs of hub and sandboxes are, which is `workDir`. They
   * stay only where it is given.
   */
  readonly onLogsKept?: ((folder: string) => void) | undefined;
  /** What the hub is to measure inside of itself; nothing by default. */
  readonly measure?: HubMeasurements | undefined;
  readonly onProgress: (message: string) => void;
  readonly signal: AbortSignal;
}
