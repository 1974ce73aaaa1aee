import type { StoredRun } from '../bench/run/measure.ts';
import type { RunIo } from '../bench/target/run-io.ts';
import { observeRounds } from './observe-rounds.ts';
import type { Progress } from './progress.ts';
import type { StackSettings } from './stack-flags.ts';
import { withInterruption } from './with-interruption.ts';

type RunSettings = StackSettings & Pick<RunIo, 'out'>;

/** What a command's run is given; before it prints its result, it ends the live line. */
export interface CommandIo extends RunIo {
  endProgress(): Promise<void>;
}

/** Gives `action` what a run needs besides its plan; an interruption aborts its signal. */
export async function withRunIo<T>(
  settings: RunSettings,
  progress: Progress,
  action: (io: CommandIo) => Promise<T>,
): Promise<T> {
  return withInterruption(async (signal) =>
    action({
      ...settings,
      ...{ observer: observeRounds(progress), signal },
      onProgress: (message) => {
        progress.update(message);
      },
      onWarning: (message) => {
        progress.warn(message);
      },
      endProgress: () => progress.end(),
    }),
  ).finally(() => progress.end());
}

/** What was measured is shown by now; that it is whole and kept was promised, too. */
export function requireFinished(runs: readonly StoredRun[], { signal }: Pick<RunIo, 'signal'>): void {
  signal.throwIfAborted();
  for (const { unstored } of runs) if (unstored !== undefined) throw unstored;
}
