import { InterruptedError } from '../faults/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `action` with a signal that aborts on Ctrl-C and its like. The action tidies up and returns
 * or throws in its own time; further signals change nothing, so that tidying up is never cut short.
 */
export async function withInterruption<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    interruption.abort(new InterruptedError(signal));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await action(interruption.signal);
  } catch (error) {
    // Whatever was cut short says so in its own words (AbortError and the like): the cause is known.
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
