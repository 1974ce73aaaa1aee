import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Whether this machine lets us make a host of our own, and has what `network` works with. */
export const CAN_HAVE_A_HOST =
  process.getuid?.() === 0 && ['ip', 'nft', 'unshare', 'nsenter', 'python3', 'sysctl'].every(isInstalled);

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A network and network namespaces of its own, of which the machine's knows nothing. */
export class PrivateHost {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async make(): Promise<PrivateHost> {
    const script = 'mount -t tmpfs none /run/netns && ip link set lo up && echo made && exec sleep infinity';
    const holder = spawn('unshare', ['--mount', '--net', 'sh', '-ec', `mkdir -p /run/netns; ${script}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return new PrivateHost(holder);
  }

  /** Its standard output; rejects when it fails. */
  async run(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await execFileAsync('nsenter', this.#inside(command, args));
    return stdout;
  }

  /** A process that the caller ends; nsenter becomes it. */
  start(command: string, ...args: readonly string[]): ChildProcess {
    return spawn('nsenter', this.#inside(command, args), { stdio: 'ignore' });
  }

  /** Several lines of a shell, which end with the first that fails. */
  async shell(script: string): Promise<string> {
    return this.run('sh', '-ec', script);
  }

  #inside(command: string, args: readonly string[]): string[] {
    return ['--target', `${this.#holder.pid}`, '--mount', '--net', '--', command, ...args];
  }

  /** Every process in it ends with its namespaces' last reference, or is the caller's. */
  async end(): Promise<void> {
    const ended = once(this.#holder, 'exit');
    this.#holder.kill('SIGKILL');
    await ended;
  }
}
