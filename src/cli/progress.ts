import {
  type DefaultRenderer,
  Listr,
  type ListrDefaultRendererLogLevels,
  ListrLogger,
  type ListrTaskWrapper,
  ProcessOutput,
} from 'listr2';

import { printable } from '../text/printable.ts';

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;

/** What is being done now: one live line in a terminal, a plain line for each step elsewhere. */
export interface Progress {
  update(message: string): void;
  /** Replaces what is shown below the live line; absent where there is none. */
  readonly showBelow?: (frame: string) => void;
  /** What is to stay on the screen. */
  warn(message: string): void;
  /** Removes the live line; to be called before anything else is printed. */
  end(): Promise<void>;
}

export const SILENT: Progress = {
  update: () => undefined,
  warn: () => undefined,
  end: () => Promise.resolve(),
};

/** Always on standard error: standard output is for results. */
export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? startLiveLine(stream) : plainLines(stream);
}

function plainLines(stream: NodeJS.WriteStream): Progress {
  const write = (message: string): void => {
    stream.write(`${message}\n`);
  };
  return {
    update: write,
    warn: (message) => {
      write(`warning: ${printable(message)}`);
    },
    end: () => Promise.resolve(),
  };
}

function startLiveLine(stream: NodeJS.WriteStream): Progress {
  const finished = Promise.withResolvers<undefined>();
  let task: Task | undefined;
  let line = '';
  const work = (_: unknown, started: Task): Promise<undefined> => {
    task = started;
    return finished.promise;
  };
  const rendererOptions = { clearOutput: true, logger: loggerOn(stream) };
  const list = new Listr([{ title: 'starting', task: work }], {
    renderer: 'default',
    rendererOptions,
    // listr2 asks whether standard output is a terminal, which is where the results go.
    fallbackRenderer: 'default',
    fallbackRendererOptions: rendererOptions,
    registerSignalListeners: false,
  });
  const ended = list.run();
  const warnings: string[] = [];
  return {
    warn: (message) => {
      warnings.push(printable(message));
    },
    update: (message) => {
      line = message;
      if (task !== undefined) task.title = message;
    },
    showBelow: (frame) => {
      if (task !== undefined) task.title = `${line}\n${frame}`;
    },
    end: async () => {
      task = undefined;
      finished.resolve(undefined);
      await ended;
      for (const warning of warnings.splice(0)) stream.write(`warning: ${warning}\n`);
    },
  };
}

/** listr2 writes to standard output unless it is told otherwise. */
function loggerOn(stream: NodeJS.WriteStream): ListrLogger<ListrDefaultRendererLogLevels> {
  return new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput: new ProcessOutput(stream, stream) });
}
