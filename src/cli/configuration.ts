import { closestMatch } from 'leven';
import { z } from 'zod';

import { hasCode } from '../faults/caught-error.ts';
import { environmentVariable } from '../process/environment-variable.ts';
import { UsageError } from '../faults/errors.ts';
import { checkDocument, type DocumentKind, parseDocument, readDocument } from '../files/json-document.ts';

/** A flag as far as a value that wasn't typed is concerned. */
export interface FlagShape {
  readonly type: 'boolean' | 'option';
  readonly multiple?: boolean | undefined;
}

/** The flags of each command, by its name. */
export type CommandFlags = ReadonlyMap<string, Readonly<Record<string, FlagShape>>>;

export type Setting = boolean | string | readonly string[];

const FILE = 'forkd-spawner.config.json';
const CONFIGURATION: DocumentKind = {
  called: 'the configuration file',
  described: 'a configuration file',
  hint: 'it holds flags without their dashes, as in {"users": 20, "commands": {"accept": {"users": 5}}}',
};

const settingSchema = z.union([
  z.boolean(),
  z.string(),
  z.number().transform(String),
  z.array(z.union([z.string(), z.number().transform(String)])),
]);
const settingsSchema = z.record(z.string(), settingSchema);
const documentSchema = z
  .object({ commands: z.record(z.string(), settingsSchema).optional() })
  .catchall(z.unknown());

/** `$FORKD_SPAWNER_CONFIG`, else the file in the working folder, which need not be there. */
export async function readConfiguration(
  commands: CommandFlags,
  command: string,
): Promise<ReadonlyMap<string, { readonly value: Setting; readonly from: string }>> {
  const named = environmentVariable('FORKD_SPAWNER_CONFIG');
  const path = named ?? FILE;
  const text = await readText(path, named !== undefined);
  if (text === undefined) return new Map();
  const settings = Object.entries(parseConfiguration(text, path, commands, command));
  return new Map(settings.map(([name, value]) => [name, { value, from: path }]));
}

/**
 * The settings of one command: those for all, replaced by its own. The whole file is checked, also
 * what is meant for other commands: a mistyped key would be silent for months.
 */
export function parseConfiguration(
  text: string,
  path: string,
  commands: CommandFlags,
  command: string,
): Readonly<Record<string, Setting>> {
  const { commands: particular = {}, ...rest } = checkDocument(
    CONFIGURATION,
    path,
    documentSchema,
    parseDocument(CONFIGURATION, path, text),
  );
  const general = checkDocument(CONFIGURATION, path, settingsSchema, rest);
  const allFlags = [...new Set([...commands.values()].flatMap((flags) => Object.keys(flags)))];
  refuseUnknown(Object.keys(general), [...allFlags, 'commands'], path);
  refuseUnknown(Object.keys(particular), [...commands.keys()], `"commands" of ${path}`);
  for (const [name, settings] of Object.entries(particular)) {
    const where = `"${name}" of ${path}`;
    refuseUnknown(Object.keys(settings), Object.keys(commands.get(name) ?? {}), where);
  }
  const flags = commands.get(command) ?? {};
  const merged = Object.entries({ ...general, ...particular[command] });
  const own = merged.filter(([name]) => flags[name] !== undefined);
  for (const [name, value] of own) refuseWrongType(name, value, flags[name], path);
  return Object.fromEntries(own);
}

async function readText(path: string, isNamed: boolean): Promise<string | undefined> {
  try {
    return await readDocument(CONFIGURATION, path, path);
  } catch (error) {
    if (!isNamed && error instanceof UsageError && hasCode(error.cause, 'ENOENT')) return undefined;
    throw error;
  }
}

function refuseUnknown(keys: readonly string[], known: readonly string[], where: string): void {
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = closestMatch(unknown, known, { maxDistance: 3 });
  throw new UsageError(`${where} has an unknown key "${unknown}"`, {
    hint: nearest === undefined ? `known are: ${known.join(', ')}` : `did you mean "${nearest}"?`,
  });
}

function refuseWrongType(name: string, value: Setting, flag: FlagShape | undefined, path: string): void {
  const wanted =
    flag?.type === 'boolean' ? 'true or false' : flag?.multiple === true ? 'a list' : 'one value';
  const given = typeof value === 'boolean' ? 'true or false' : Array.isArray(value) ? 'a list' : 'one value';
  if (given === wanted || (wanted === 'a list' && given === 'one value')) return;
  throw new UsageError(`"${name}" of ${path} must be ${wanted}, not ${JSON.stringify(value)}`);
}
