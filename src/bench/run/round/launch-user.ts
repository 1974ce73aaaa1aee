import type { CellOutput } from '../../../kernel/cell-output.ts';
import type { Expression } from '../../plan/expression-set.ts';
import type { Stage } from '../../../record/stages.ts';
import type { CellRecord, StageTimes } from '../../../record/user-record.ts';
import { endedEarly, type UserOutcome } from './outcome.ts';
import type { BenchKernel, RoundPorts } from '../../target/ports.ts';
import { runCells } from './run-cells.ts';
import type { Stopwatch } from './stopwatch.ts';
import { untilReady } from '../../target/until-ready.ts';

/** The event by which the spawner says that the sandbox is there. */
const SANDBOX_CREATED = 'sandbox-created';

export interface PreparedUser {
  /** The user's number in its round, from 0. */
  readonly index: number;
  readonly user: string;
  readonly token: string;
  readonly expression: Expression;
}

export interface Launch {
  readonly user: PreparedUser;
  readonly ended: UserOutcome;
  readonly stages: StageTimes;
  /** What the stages are counted from: on the ports' clock. */
  readonly startMs: number;
  /** When the user starts, from the barrier; absent where everybody starts at it. */
  readonly start?: { readonly intendedMs: number; readonly actualMs: number };
  /** What came after cell 1, where the user's script has more. */
  readonly cells?: readonly CellRecord[];
  /** The kernel, which is still connected; whoever launched the user disposes of it. */
  readonly kernel: BenchKernel | undefined;
}

/** `signal` aborts when the user's time is up, too. */
type LaunchPorts = Pick<RoundPorts, 'hub' | 'kernels' | 'clock' | 'signal'>;

export interface LaunchOptions {
  /** Whether the first cell is run, or the journey ends before it; default: it is. */
  readonly runsCell?: boolean;
}

/** Takes one user from the start to the end of the first cell. Never rejects: ends are data. */
export async function launchUser(
  user: PreparedUser,
  ports: LaunchPorts,
  stopwatch: Stopwatch,
  { runsCell = true }: LaunchOptions = {},
): Promise<Launch> {
  const journey = new Journey(user, ports, stopwatch);
  const ended = await journey.run(runsCell);
  const { kernel } = journey;
  const launch = { user, ended, stages: stopwatch.times(), startMs: stopwatch.startMs, kernel };
  const { more } = user.expression;
  if (more === undefined || !runsCell) return launch;
  return { ...launch, cells: await runCells(more, kernel, ended, ports) };
}

class Journey {
  readonly #user: PreparedUser;
  readonly #ports: LaunchPorts;
  readonly #stopwatch: Stopwatch;
  readonly #signal: AbortSignal;
  #stage: Stage = 'requested';
  kernel: BenchKernel | undefined;

  constructor(user: PreparedUser, ports: LaunchPorts, stopwatch: Stopwatch) {
    this.#user = user;
    this.#ports = ports;
    this.#stopwatch = stopwatch;
    this.#signal = ports.signal;
  }

  async run(runsCell: boolean): Promise<UserOutcome> {
    try {
      const { hub } = this.#ports;
      await this.#timed('requested', () => hub.requestServer(this.#user.user, this.#signal));
      await this.#timed('serverReady', () => this.#untilServerReady());
      const kernel = await this.#timed('kernelCreated', () => this.#startKernel());
      await this.#timed('connected', () => kernel.connected());
      await this.#timed('kernelReady', () => kernel.ready());
      if (!runsCell) return { outcome: 'completed', actual: null, error: null };
      const output = await this.#timed('cell1', () => kernel.execute(this.#user.expression.code));
      return this.#judgeCell(output);
    } catch (cause) {
      return endedEarly(this.#stage, cause, this.#signal);
    }
  }

  async #timed<T>(stage: Stage, action: () => Promise<T>): Promise<T> {
    this.#stage = stage;
    const value = await action();
    this.#stopwatch.mark(stage);
    return value;
  }

  async #untilServerReady(): Promise<void> {
    const events = this.#ports.hub.serverProgress(this.#user.user, this.#signal);
    await untilReady(events, ({ stage }) => {
      if (stage === SANDBOX_CREATED) this.#stopwatch.mark('sandboxCreated');
    });
  }

  async #startKernel(): Promise<BenchKernel> {
    const target = { serverUrl: this.#ports.hub.serverUrl(this.#user.user), token: this.#user.token };
    this.kernel = await this.#ports.kernels.start(target, this.#signal);
    return this.kernel;
  }

  #judgeCell(output: CellOutput): UserOutcome {
    if (output.kind === 'shown') return { outcome: 'completed', actual: output.text, error: null };
    const message = `the cell raised ${output.name}: ${output.message}`;
    return { outcome: 'failed', actual: null, error: { stage: 'cell1', message, logLines: [] } };
  }
}
