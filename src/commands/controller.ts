import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { ENV_KEEP, parseEnvKeep } from '../cli/env-keep.ts';
import { pathFlag } from '../cli/path-flag.ts';
import { print } from '../cli/standard-streams.ts';
import { withInterruption } from '../cli/with-interruption.ts';
import { ControllerClient } from '../forkd/controller-client.ts';
import { type EmbeddedController, startEmbeddedController } from '../embedded/embedded-controller.ts';
import { parseWholeNumber } from '../bench/plan/flag-values.ts';
import { ensurePythonEnvironment } from '../python/python-environment.ts';
import { stayUntilAborted } from '../time/stay-until-aborted.ts';

const PORT = { min: 0, max: 65_535 };
const NETNS = { min: 0, max: 1000 }; // as many sandboxes as forkd makes at once

export default class Controller extends BaseCommand {
  static override readonly summary = 'Serve the embedded controller until Ctrl-C, for a hub of your own.';
  static override readonly description =
    "forkd's REST API over forked processes: it needs no KVM and isolates nothing.";
  static override readonly examples = ['<%= config.bin %> controller --token-file ~/forkd.token'];

  static override readonly flags = {
    port: Flags.string({ summary: 'port to listen on; 0: a free one', default: '8889' }),
    host: Flags.string({ summary: 'address to listen on', default: '127.0.0.1' }),
    'token-file': pathFlag({
      summary: 'file with the bearer token, made if it does not exist (default: a temporary one)',
    }),
    python: pathFlag({ summary: 'interpreter to warm (default: made by setup)' }),
    'env-keep': ENV_KEEP,
    netns: Flags.string({
      summary: "network namespaces in forkd's layout, for as many sandboxes; needs root",
      default: '0',
    }),
    snapshot: Flags.string({ summary: 'tag of the snapshot', default: 'jupyter' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Controller);
    const port = parseWholeNumber('--port', flags.port, PORT);
    const netns = parseWholeNumber('--netns', flags.netns, NETNS);
    const tokenFile = flags['token-file'];
    const envKeep = parseEnvKeep(flags['env-keep']);
    const log = this.logToStderr.bind(this);
    await withInterruption(async (signal) => {
      const python = flags.python ?? (await ensurePythonEnvironment({ signal, onProgress: log })).python;
      const controller = await startEmbeddedController({
        host: flags.host,
        port,
        netns,
        envKeep,
        signal,
        log,
        ...(tokenFile === undefined ? {} : { tokenFile }),
      });
      try {
        log(`warming the snapshot '${flags.snapshot}'`);
        await warm(controller, { tag: flags.snapshot, python }, signal);
        await print(describe(controller, flags.snapshot));
        await stayUntilAborted(signal);
      } finally {
        await controller.stop();
      }
    });
  }
}

async function warm(
  { url, token }: EmbeddedController,
  snapshot: { readonly tag: string; readonly python: string },
  signal: AbortSignal,
): Promise<void> {
  const client = new ControllerClient({ url, token });
  try {
    await client.createSnapshot(snapshot);
  } catch (error) {
    // The controller ended under the request: that is not what the user is to be told.
    signal.throwIfAborted();
    throw error;
  } finally {
    await client.close();
  }
}

function describe({ url, tokenFile, netns }: EmbeddedController, snapshot: string): string {
  return [
    `controller:  ${url} (embedded: process fork, no isolation between users)`,
    `token file:  ${tokenFile}`,
    `snapshot:    ${snapshot}`,
    ...(netns.length === 0 ? [] : [`namespaces:  ${netns.join(', ')}`]),
    '',
    'In jupyterhub_config.py:',
    "  c.JupyterHub.spawner_class = 'forkd_jupyter_spawner.ForkdSpawner'",
    `  c.ForkdSpawner.controller_url = ${pythonText(url)}`,
    `  c.ForkdSpawner.token_file = ${pythonText(tokenFile)}`,
    `  c.ForkdSpawner.snapshot_tag = ${pythonText(snapshot)}`,
    '',
    'Ctrl-C stops it and removes everything.',
  ].join('\n');
}

/** JSON's text literals are Python's, too. */
function pythonText(text: string): string {
  return JSON.stringify(text);
}
