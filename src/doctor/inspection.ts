import { AGENT_PORT } from '../forkd/agent-client.ts';
import { ControllerClient } from '../forkd/controller-client.ts';
import type { SandboxReply, VersionReply } from '../forkd/controller-replies.ts';
import { startEmbeddedController } from '../embedded/embedded-controller.ts';
import { EnvironmentError } from '../faults/errors.ts';
import { openWay, type Way } from './forwarder-client.ts';
import { inspectPythonEnvironment } from '../python/inspect-environment.ts';
import type { Cleanup } from '../process/cleanup.ts';
import { makeRunFolder } from '../files/run-folder.ts';
import { startForwarder } from '../hub/local/start-forwarder.ts';

export interface DoctorOptions {
  /** `embedded`, or the URL of a forkd controller. */
  readonly controller: string;
  readonly tokenFile: string | undefined;
  /** Names of our variables that the embedded controller hands on, as in the runs to come. */
  readonly envKeep: readonly string[];
  /** The hubs' `create_lock_folder`; undefined: the host's own for locks. */
  readonly lockFolder: string | undefined;
  readonly snapshotTag: string;
  /** Where guests are to reach the hub; of a controller at a URL. */
  readonly hub: string | undefined;
  /** Whether a sandbox may be forked on a controller at a URL. */
  readonly fork: boolean;
  readonly signal: AbortSignal;
}

/** What the doctor's sandbox may take: enough for a server, little enough to be reached at once. */
export const SANDBOX_LIMIT_MIB = 256;

/** What checks share: each thing is opened when the first check asks for it, and closed by `cleanup`. */
export class Inspection {
  readonly options: DoctorOptions;
  readonly #cleanup: Cleanup;

  constructor(options: DoctorOptions, cleanup: Cleanup) {
    this.options = options;
    this.#cleanup = cleanup;
  }

  get isEmbedded(): boolean {
    return this.options.controller === 'embedded';
  }

  readonly environment = askedOnce(async () => inspectPythonEnvironment(this.options.signal));

  readonly controller = askedOnce(async (): Promise<ControllerClient> => {
    const client = this.isEmbedded ? await this.#startEmbedded() : await this.#connect();
    this.#cleanup.add(async () => client.close());
    return client;
  });

  readonly version = askedOnce(async (): Promise<VersionReply> => (await this.controller()).version());

  /** Also a controller at a URL may be our own. Whether it answers is another check. */
  readonly forksProcesses = askedOnce(async (): Promise<boolean> => {
    if (this.isEmbedded) return true;
    return (await this.version().catch(() => undefined))?.backend === 'embedded';
  });

  readonly sandbox = askedOnce(async (): Promise<SandboxReply> => {
    const client = await this.controller();
    const { snapshotTag, signal } = this.options;
    const wanted = { snapshotTag, memoryLimitMib: SANDBOX_LIMIT_MIB };
    const sandbox = await client.createSandbox(wanted, signal);
    this.#cleanup.add(async () => client.deleteSandbox(sandbox.id));
    return sandbox;
  });

  readonly #forwarder = askedOnce(async (): Promise<string> => {
    const environment = await inspectPythonEnvironment(this.options.signal);
    const workDir = await makeRunFolder(this.#cleanup);
    const { signal } = this.options;
    const socket = await startForwarder({ python: environment.python, workDir, signal }, this.#cleanup);
    if (socket !== undefined) return socket;
    throw new EnvironmentError('only root can enter network namespaces', { hint: 'run it again with sudo' });
  });

  /** Opens the sandbox's way in and out of its network namespace, through a forwarder of our own. */
  async openWay(hub: { readonly host: string; readonly port: number }): Promise<Way> {
    const { id, netns } = await this.sandbox();
    const opened = { sandbox: id, netns: netns ?? '', hub, ports: [AGENT_PORT] };
    return openWay(await this.#forwarder(), opened);
  }

  /** Runs a program in the sandbox. */
  async exec(args: readonly string[]): ReturnType<ControllerClient['exec']> {
    return (await this.controller()).exec((await this.sandbox()).id, args);
  }

  /** The Python of a guest: ours, or whatever a forkd guest has. */
  async guestPython(): Promise<string> {
    return this.isEmbedded ? (await this.environment()).python : 'python3';
  }

  async #startEmbedded(): Promise<ControllerClient> {
    const { envKeep, signal } = this.options;
    const embedded = await startEmbeddedController({ envKeep, signal });
    this.#cleanup.add(async () => embedded.stop());
    return new ControllerClient(embedded);
  }

  async #connect(): Promise<ControllerClient> {
    const { controller: url, tokenFile, lockFolder } = this.options;
    return ControllerClient.connect(url, tokenFile, lockFolder);
  }
}

/** Gives what the first call has made, or failed with, to every later one. */
function askedOnce<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
