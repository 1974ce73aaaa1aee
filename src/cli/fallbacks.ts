import { environmentVariable } from '../process/environment-variable.ts';
import { UsageError } from '../faults/errors.ts';
import { type CommandFlags, type FlagShape, readConfiguration, type Setting } from './configuration.ts';

/** A flag that was not typed. */
export interface Fallback {
  readonly name: string;
  readonly value: Setting;
  /** What says so: a variable or a file. */
  readonly from: string;
}

/** `FORKD_SPAWNER_PYTHON` has long named the interpreter that set-up builds on. */
const EXCEPTIONS: Readonly<Record<string, string>> = { python: 'FORKD_SPAWNER_CONTROLLER_PYTHON' };

/** A setting that is meant for other commands must not have this one end processes. */
const ONLY_TYPED: Readonly<Record<string, readonly string[]>> = { clean: ['controller'] };

function variableOf(flag: string): string {
  return EXCEPTIONS[flag] ?? `FORKD_SPAWNER_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** What environment and configuration file say of the flags that were not typed; the environment first. */
export async function findFallbacks(
  commands: CommandFlags,
  command: string,
  argv: readonly string[],
): Promise<readonly Fallback[]> {
  const configured = await readConfiguration(commands, command);
  const flags = Object.entries(commands.get(command) ?? {});
  return flags
    .filter(([name]) => !isTyped(name, argv) && ONLY_TYPED[command]?.includes(name) !== true)
    .flatMap(([name, flag]) => {
      const found = fromEnvironment(name, flag) ?? configured.get(name);
      return found === undefined ? [] : [{ name, ...found }];
    });
}

/** Writes fallbacks as if they had been typed, so that they are checked like what is typed. */
export function toArguments(fallbacks: readonly Fallback[]): readonly string[] {
  return fallbacks.flatMap(({ name, value }) => {
    if (typeof value === 'boolean') return value ? [`--${name}`] : [];
    const values = typeof value === 'string' ? [value] : value;
    return values.map((one) => `--${name}=${one}`);
  });
}

function isTyped(name: string, argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return flags.some((one) => one === `--${name}` || one === `--no-${name}` || one.startsWith(`--${name}=`));
}

function fromEnvironment(name: string, { type }: FlagShape): Omit<Fallback, 'name'> | undefined {
  const from = variableOf(name);
  // Empty is how a workflow leaves a variable out.
  const text = environmentVariable(from);
  if (text === undefined) return undefined;
  return { value: type === 'boolean' ? parseSwitch(from, text) : text, from };
}

function parseSwitch(variable: string, text: string): boolean {
  if (['1', 'true', 'yes'].includes(text.toLowerCase())) return true;
  if (['0', 'false', 'no'].includes(text.toLowerCase())) return false;
  throw new UsageError(`${variable} must be true or false, not '${text}'`);
}
