import { randomBytes } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';

import { EnvironmentError } from '../faults/errors.ts';
import { hasCode, messageOf } from '../faults/caught-error.ts';

const OTHERS = 0o077;

/** Reads the bearer token, or makes one in a new file that only its owner can read. */
export async function readOrCreateToken(path: string, log: (line: string) => void): Promise<string> {
  try {
    return await createToken(path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw unusable(path, error);
    return readToken(path, log);
  }
}

/** Writes a new token. It leaves no empty file on a full disk, which the next start would refuse. */
async function createToken(path: string): Promise<string> {
  const token = randomBytes(32).toString('hex');
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${token}\n`);
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
  return token;
}

async function readToken(path: string, log: (line: string) => void): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unusable(path, error);
  });
  const token = text.trim();
  if (token === '') {
    throw new EnvironmentError(`the token file ${path} is empty`, {
      hint: 'Delete it: a new one is made at the next start.',
    });
  }
  const { mode } = await stat(path);
  if ((mode & OTHERS) !== 0) log(`warning: the token file ${path} can be read by others; chmod 600 ${path}`);
  return token;
}

function unusable(path: string, cause: unknown): EnvironmentError {
  return new EnvironmentError(`the token file ${path} cannot be used: ${messageOf(cause)}`, {
    hint: 'Name a file in a folder that you can write to with --token-file.',
    cause,
  });
}
