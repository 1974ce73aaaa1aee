import { EnvironmentError } from '../../faults/errors.ts';
import { findProgram } from '../../process/find-program.ts';
import { failureText, makeRunner } from '../../python/run-tool.ts';
import { noProgram } from '../parent-faults.ts';

/** Their commands for what is asked of them here are the same. */
export const ENGINES = ['docker', 'podman'];

/**
 * The engine that has an image; where none has it, the first that works, which may fetch it. Docker's
 * client can be there without its engine, beside a podman that works.
 */
export async function findEngine(image: string, signal: AbortSignal): Promise<string> {
  const run = makeRunner(signal);
  const found = await Promise.all(ENGINES.map(async (name) => findProgram(name)));
  const programs = found.filter((program) => program !== undefined);
  if (programs.length === 0) throw noProgram(ENGINES, 'podman');
  let failures: string[] = [];
  for (const question of [['image', 'inspect', image], ['info']]) {
    failures = [];
    for (const program of programs) {
      try {
        await run(program, question);
        return program;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(failureText(error));
      }
    }
  }
  throw new EnvironmentError(
    `no container engine works that could give the image ${image}: ${failures[0] ?? ''}`,
    { hint: `start Docker's, or sudo apt-get install podman; tried: ${programs.join(', ')}` },
  );
}
