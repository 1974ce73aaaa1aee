import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process, with all by which it can be seen to use a path. */
interface ProcessText {
  readonly pid: number;
  readonly command: string;
  /** What a process names: command line, environment, working directory, open files and loaded libraries. */
  readonly text: string;
}

/**
 * Who names a path or an id. A process that holds something open, runs from it or was told of it
 * does so in /proc; of other users' processes only the command line can be read.
 */
export class ProcessMentions {
  readonly #processes: readonly ProcessText[];

  private constructor(processes: readonly ProcessText[]) {
    this.#processes = processes;
  }

  static async read(): Promise<ProcessMentions> {
    const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
    return new ProcessMentions(await Promise.all(pids.map(readProcess)));
  }

  /** Says which process names the text, as part of a sentence; undefined where none does. */
  of(text: string): string | undefined {
    const found = this.#processes.find((process) => process.text.includes(text));
    return found && `process ${found.pid} (${found.command.slice(0, 60)})`;
  }
}

async function readProcess(pid: number): Promise<ProcessText> {
  const folder = `/proc/${pid}`;
  const [commandLine, environment, maps] = await Promise.all(
    ['cmdline', 'environ', 'maps'].map((name) => readFile(`${folder}/${name}`, 'utf8').catch(() => '')),
  );
  const files = await readdir(`${folder}/fd`).catch(() => []);
  const links = await Promise.all(
    ['cwd', ...files.map((file) => `fd/${file}`)].map((name) =>
      readlink(`${folder}/${name}`).catch(() => ''),
    ),
  );
  const command = (commandLine ?? '').replaceAll('\0', ' ').trim();
  return { pid, command, text: [commandLine, environment, maps, ...links].join('\n') };
}
