import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = new URL('../../', import.meta.url);

const ruleFile = z.object({ ROOMS: z.array(z.string()) });

/** The text below a heading, to the next one. */
async function sectionOf(heading: string): Promise<string> {
  const page = await readFile(new URL('docs/architecture.md', ROOT), 'utf8');
  const [, section] = page.split(`\n${heading}\n`);
  return section?.split(/^#+ /m)[0] ?? '';
}

describe('docs/architecture.md', () => {
  it('has the rooms of src/ in the order that lint holds', async () => {
    const { ROOMS } = ruleFile.parse(await import(new URL('.dependency-cruiser.mjs', ROOT).href));

    const rows = (await sectionOf('## The rooms of `src/`')).matchAll(/^\| `([\w/]+)` \| \S/gm);

    expect([...rows].map(([, room]) => room)).toEqual(ROOMS);
  });
});
