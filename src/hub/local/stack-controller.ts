import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ControllerClient } from '../../forkd/controller-client.ts';
import { startEmbeddedController } from '../../embedded/embedded-controller.ts';
import { EnvironmentError } from '../../faults/errors.ts';
import type { Cleanup } from '../../process/cleanup.ts';
import { ISOLATION_OF_CONTROLLER } from '../../record/backend-sentence.ts';
import type { StackOptions } from './stack-options.ts';

/** The snapshot that the embedded controller of a stack has. */
export const EMBEDDED_SNAPSHOT = 'jupyter';

export interface StackController {
  readonly kind: 'embedded' | 'forkd';
  readonly url: string;
  /** Absent for a controller that asks for no token. */
  readonly tokenFile?: string;
  readonly version: string;
  /** The embedded controller's own folder, by which its processes are known. */
  readonly dataDir?: string;
  readonly client: ControllerClient;
}

interface Options extends StackOptions {
  readonly python: string;
  readonly workDir: string;
}

export async function startStackController(options: Options, cleanup: Cleanup): Promise<StackController> {
  return options.controller === 'embedded' ? startEmbedded(options, cleanup) : connect(options, cleanup);
}

async function startEmbedded(options: Options, cleanup: Cleanup): Promise<StackController> {
  const { snapshotTag, python, workDir, envKeep, onLogsKept, onProgress, signal } = options;
  if (snapshotTag !== EMBEDDED_SNAPSHOT) {
    throw new EnvironmentError(`the embedded controller has no snapshot '${snapshotTag}'`, {
      hint: `its only one is '${EMBEDDED_SNAPSHOT}'; for another give --controller URL`,
    });
  }
  onProgress(`starting the embedded controller (${ISOLATION_OF_CONTROLLER.embedded})`);
  const folder = join(workDir, 'controller');
  await mkdir(folder);
  const embedded = await startEmbeddedController({
    ...{ dataDir: folder, envKeep, signal },
    logDir: onLogsKept && folder,
  });
  cleanup.add(async () => embedded.stop());
  const { url, token, tokenFile, dataDir } = embedded;
  const client = new ControllerClient({ url, token });
  cleanup.add(async () => client.close());
  onProgress('warming the snapshot');
  await client.createSnapshot({ tag: snapshotTag, python }).catch((error: unknown) => {
    // The controller ended under the request: that is not what the user is to be told.
    signal.throwIfAborted();
    throw error;
  });
  const { version } = await client.version();
  return { kind: 'embedded', url, tokenFile, version, dataDir, client };
}

async function connect(options: Options, cleanup: Cleanup): Promise<StackController> {
  const { controller: url, tokenFile, snapshotTag } = options;
  const client = await ControllerClient.connect(url, tokenFile);
  cleanup.add(async () => client.close());
  const { version, backend } = await client.version();
  const tags = (await client.listSnapshots()).filter(({ bootable }) => bootable).map(({ tag }) => tag);
  if (!tags.includes(snapshotTag)) {
    throw new EnvironmentError(`the controller at ${url} has no bootable snapshot '${snapshotTag}'`, {
      hint: tags.length === 0 ? 'it has none' : `it has: ${tags.join(', ')}`,
    });
  }
  const kind = backend === 'embedded' ? 'embedded' : 'forkd';
  return { kind, url, version, client, ...(tokenFile === undefined ? {} : { tokenFile }) };
}
