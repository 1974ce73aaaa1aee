import { within } from '../../time/deadline.ts';
import { messageOf } from '../../faults/caught-error.ts';
import {
  ControlChannel,
  type ExitedEvent,
  type ForkedSandbox,
  type ParentEvent,
  type ReadyEvent,
  type WantedSandbox,
} from './control-channel.ts';
import type { ParentProcess } from './parent-process.ts';
import { sweepProcessesOf } from '../../process/process-sweep.ts';

const KILL_PATIENCE_MS = 10_000;

interface WarmParentOptions {
  readonly process: ParentProcess;
  /** The temporary folder of its own, by which its descendants are found. */
  readonly temporary: string;
  readonly log: (line: string) => void;
}

/** A parent process and the conversation with it: warms up, then forks and kills sandboxes. */
export class WarmParent {
  /** Resolves when it has warmed up; rejects with its own error when it can't. */
  readonly ready: Promise<ReadyEvent>;
  /** Resolves when the process has ended and nothing of it is left. */
  readonly gone: Promise<void>;
  readonly #options: WarmParentOptions;
  readonly #channel: ControlChannel;
  readonly #warming = Promise.withResolvers<ReadyEvent>();
  readonly #forks = new Map<number, PromiseWithResolvers<readonly ForkedSandbox[]>>();
  readonly #kills = new Map<string, PromiseWithResolvers<undefined>>();
  readonly #exitListeners = new Map<string, (end: string) => void>();
  /** The folders of sandboxes that may still have processes, by id. */
  readonly #folders = new Map<string, string>();
  #requests = 0;
  #death: string | undefined;

  constructor(options: WarmParentOptions) {
    this.#options = options;
    this.ready = this.#warming.promise;
    // It may fail before anybody waits for it.
    this.ready.catch(() => undefined);
    this.#channel = new ControlChannel(
      options.process.control,
      (event) => {
        this.#hear(event);
      },
      options.log,
    );
    this.gone = options.process.ended.then((end) => this.#cleanUpAfter(end));
  }

  /** How it ended; undefined while it lives. */
  get death(): string | undefined {
    return this.#death;
  }

  /** Forks all of them in one go. A sandbox that could not be forked has an `error`. */
  async fork(sandboxes: readonly WantedSandbox[]): Promise<readonly ForkedSandbox[]> {
    this.#assertAlive();
    this.#requests += 1;
    const answer = Promise.withResolvers<readonly ForkedSandbox[]>();
    this.#forks.set(this.#requests, answer);
    for (const { id, dir } of sandboxes) this.#folders.set(id, dir);
    this.#channel.send({ op: 'fork', request: this.#requests, sandboxes });
    return answer.promise;
  }

  /** Resolves when no process of the sandbox is left. */
  async kill(id: string): Promise<void> {
    this.#exitListeners.delete(id);
    if (this.#death !== undefined) return this.gone;
    const answer = this.#kills.get(id) ?? Promise.withResolvers<undefined>();
    this.#kills.set(id, answer);
    this.#channel.send({ op: 'kill', id });
    await within(KILL_PATIENCE_MS, answer.promise, `the processes of sandbox ${id} did not end`);
  }

  /** Calls back once if the sandbox ends without having been killed by us, or its parent does. */
  onExit(id: string, listener: (end: string) => void): void {
    this.#exitListeners.set(id, listener);
  }

  async stop(): Promise<void> {
    this.#channel.close();
    await this.#options.process.stop();
    await this.gone;
  }

  #assertAlive(): void {
    if (this.#death !== undefined) throw new Error(this.#death);
  }

  #hear(event: ParentEvent): void {
    switch (event.event) {
      case 'warming':
        return;
      case 'ready':
        this.#warming.resolve(event);
        return;
      case 'failed':
        this.#warming.reject(new Error(`${event.error}\n${event.traceback}`.trim()));
        return;
      case 'forked':
        for (const { id, pid } of event.sandboxes) if (pid === null) this.#folders.delete(id);
        this.#forks.get(event.request)?.resolve(event.sandboxes);
        this.#forks.delete(event.request);
        return;
      case 'exited':
        this.#folders.delete(event.id);
        this.#tellExit(event.id, describeExit(event));
        return;
      case 'killed':
        this.#folders.delete(event.id);
        this.#kills.get(event.id)?.resolve(undefined);
        this.#kills.delete(event.id);
    }
  }

  #tellExit(id: string, end: string): void {
    this.#exitListeners.get(id)?.(end);
    this.#exitListeners.delete(id);
  }

  async #cleanUpAfter(end: string): Promise<void> {
    const death = `its parent process (pid ${this.#options.process.pid}) ${end}`;
    this.#death = death;
    this.#warming.reject(new Error(`the parent process ${end}`));
    for (const answer of this.#forks.values()) answer.reject(new Error(death));
    for (const id of this.#exitListeners.keys()) this.#tellExit(id, death);
    // Sandboxes die with their parent, but not what a user has detached from them.
    await this.#sweep();
    for (const answer of this.#kills.values()) answer.resolve(undefined);
  }

  async #sweep(): Promise<void> {
    try {
      await sweepProcessesOf([this.#options.temporary, ...this.#folders.values()]);
    } catch (error) {
      this.#options.log(`warning: ${messageOf(error)}`);
    }
  }
}

function describeExit({ pid, exit_code: code, signal }: ExitedEvent): string {
  const end = signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by signal ${signal}`;
  return `its process (pid ${pid}) ${end}`;
}
