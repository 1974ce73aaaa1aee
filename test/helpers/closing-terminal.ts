import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { allPids } from '../../src/process/process-status.ts';
import { builtCli } from './built-cli.ts';

const CHECK_MS = 50;
/** Node.js keeps what it has compiled there. */
const COMPILED = 'node-compile-cache';

/** The command line in a terminal (of util-linux's script) with a temporary folder of its own. */
export class ClosingTerminal {
  readonly folder: string;
  readonly #script: ReturnType<typeof spawn>;
  #shown = '';

  private constructor(folder: string, script: ReturnType<typeof spawn>) {
    this.folder = folder;
    this.#script = script;
    script.stdout?.on('data', (chunk: Buffer) => (this.#shown += chunk.toString()));
  }

  /** `shell`: what is typed, with $CLI for the command line. */
  static async open(typed: string): Promise<ClosingTerminal> {
    const folder = await mkdtemp(join(tmpdir(), 'closing-terminal-'));
    await mkdir(join(folder, 'tmp'));
    const script = spawn('script', ['-qfec', `stty cols 100 rows 40; ${typed}`, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, CLI: `${process.execPath} ${builtCli()}`, TMPDIR: join(folder, 'tmp') },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(script, 'spawn');
    return new ClosingTerminal(folder, script);
  }

  get shown(): string {
    return this.#shown;
  }

  get isOpen(): boolean {
    return this.#script.exitCode === null && this.#script.signalCode === null;
  }

  /** As a window that is closed: the program that holds the terminal's other end is gone at once. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    const closed = once(this.#script, 'exit');
    this.#script.kill('SIGKILL');
    await closed;
  }

  /** What of the run is there when the time is over; empty as soon as nothing is. */
  async left(timeoutMs: number): Promise<readonly string[]> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const left = [...(await this.#processes()), ...(await this.#files())];
      if (left.length === 0 || performance.now() > deadline) return left;
      await delay(CHECK_MS);
    }
  }

  async #processes(): Promise<readonly string[]> {
    const pids = await allPids();
    const found = await Promise.all(
      pids.map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
        if (!environment.includes(this.folder)) return undefined;
        const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        return `${pid} ${command.replaceAll('\0', ' ').slice(0, 150)}`;
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  async #files(): Promise<readonly string[]> {
    return (await readdir(join(this.folder, 'tmp'))).filter((name) => name !== COMPILED);
  }

  async remove(): Promise<void> {
    await this.close();
    for (const line of await this.#processes()) {
      try {
        process.kill(Number.parseInt(line, 10), 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
