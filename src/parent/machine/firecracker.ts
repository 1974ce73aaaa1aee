import { Client } from 'undici';

import { messageOf } from '../../faults/caught-error.ts';
import { EnvironmentError } from '../../faults/errors.ts';
import { TAP } from '../../forkd/forkd-layout.ts';
import { type SupervisedProcess, startProcess } from '../../process/supervised-process.ts';
import { isListening, untilUp } from '../../process/until-up.ts';
import { bootArguments } from './boot-arguments.ts';
import { noFirecracker, stepFailed } from '../parent-faults.ts';
import type { ParentPlan } from '../parent-plan.ts';

const SOCKET_MS = 10_000;
const CHECK_MS = 20;
const STOP_MS = 2000;
const CONSOLE_LINES = 60;
/** forkd's own guests have the same. */
const GUEST_MAC = 'AA:FC:00:00:00:01';

export interface MachinePlace {
  /** Network namespace that holds the tap. */
  readonly network: string;
  /** Firecracker's socket and the console's text are put there. */
  readonly folder: string;
}

/** A microVM under a Firecracker of our own. */
export class Machine {
  readonly #process: SupervisedProcess;
  readonly #api: Client;

  private constructor(vmm: SupervisedProcess, socket: string) {
    this.#process = vmm;
    this.#api = new Client('http://localhost', { socketPath: socket });
  }

  /** Starts Firecracker; nothing runs in it yet. */
  static async start(firecracker: string, { network, folder }: MachinePlace): Promise<Machine> {
    const socket = `${folder}/api.sock`;
    const vmm = await startProcess({
      name: 'firecracker',
      command: 'ip',
      // Its own account of each request would hide the guest's last words.
      args: ['netns', 'exec', network, firecracker, '--api-sock', socket, '--level', 'Warn'],
      cwd: folder,
      env: process.env,
      logFile: `${folder}/console.log`,
    });
    const machine = new Machine(vmm, socket);
    try {
      await machine.#untilListening(socket, firecracker);
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  /** Resolves when the guest, and Firecracker with it, has ended. */
  get ended(): Promise<void> {
    return this.#process.ended;
  }

  async consoleLines(): Promise<readonly string[]> {
    return this.#process.lastLogLines(CONSOLE_LINES);
  }

  /** Boots a guest that cannot write to its disk. */
  async boot(plan: ParentPlan, disk: string): Promise<void> {
    await this.#put('/boot-source', { kernel_image_path: plan.kernel, boot_args: bootArguments(plan) });
    const drive = { drive_id: 'rootfs', path_on_host: disk, is_root_device: true, is_read_only: true };
    await this.#put('/drives/rootfs', drive);
    await this.#put('/machine-config', {
      vcpu_count: plan.vcpus,
      mem_size_mib: plan.memoryMib,
      // forkd asks for differences when it restores and branches.
      track_dirty_pages: true,
    });
    const card = { iface_id: 'eth0', host_dev_name: TAP, guest_mac: GUEST_MAC };
    await this.#put('/network-interfaces/eth0', card);
    await this.#put('/entropy', {});
    await this.#put('/actions', { action_type: 'InstanceStart' });
  }

  /** Stops the guest's processors and writes its state and memory. */
  async snapshot(vmstate: string, memory: string): Promise<void> {
    await this.#send('PATCH', '/vm', { state: 'Paused' });
    const files = { snapshot_path: vmstate, mem_file_path: memory };
    await this.#put('/snapshot/create', { ...files, snapshot_type: 'Full' });
  }

  /** A guest has nothing to lose: its disk is read-only. */
  async stop(): Promise<void> {
    await this.#api.destroy();
    await this.#process.stop({ timeoutMs: STOP_MS });
  }

  async #untilListening(socket: string, firecracker: string): Promise<void> {
    const patience = { timeoutMs: SOCKET_MS, checkMs: CHECK_MS };
    const state = await untilUp(this.#process, async () => isListening(socket), patience);
    if (state === 'up') return;
    if (state === 'late') throw stepFailed('firecracker', 'no API socket', []);
    const lines = await this.consoleLines();
    if (lines.some((line) => line.includes('exec of'))) throw noFirecracker(firecracker);
    throw stepFailed('firecracker', this.#process.end?.description ?? 'no exit code', lines);
  }

  async #put(path: string, body: unknown): Promise<void> {
    await this.#send('PUT', path, body);
  }

  async #send(method: 'PUT' | 'PATCH', path: string, body: unknown): Promise<void> {
    const { statusCode, text } = await this.#request(method, path, body).catch(async (cause: unknown) => {
      const end = this.#process.end?.description ?? messageOf(cause);
      throw stepFailed('firecracker', end, await this.consoleLines());
    });
    if (statusCode >= 200 && statusCode < 300) return;
    throw new EnvironmentError(`Firecracker answered ${statusCode} to ${method} ${path}: ${text.trim()}`, {
      hint: 'the text after the status is its own reason',
    });
  }

  async #request(
    method: 'PUT' | 'PATCH',
    path: string,
    body: unknown,
  ): Promise<{ readonly statusCode: number; readonly text: string }> {
    const { statusCode, body: answer } = await this.#api.request({
      ...{ method, path, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
      // Writing a memory file takes as long as the disk does.
      ...{ headersTimeout: 0, bodyTimeout: 0 },
    });
    return { statusCode, text: await answer.text() };
  }
}
