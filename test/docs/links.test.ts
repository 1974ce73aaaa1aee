import { access, glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

async function findPages(): Promise<readonly string[]> {
  const patterns = ['*.md', 'docs/*.md', 'recipes/**/*.md', 'bench-results/*.md', 'python/README.md'];
  return Array.fromAsync(glob(patterns, { cwd: fileURLToPath(ROOT) }));
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/\[(.*?)\]\(.*?\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

async function anchorsIn(page: URL): Promise<readonly string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

async function isThere(file: URL): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Says why a link leads nowhere; undefined where it leads to something. */
async function problemWith(link: string, page: string): Promise<string | undefined> {
  const target = new URL(link, new URL(page, ROOT));
  const { hash } = target;
  target.hash = '';
  if (!(await isThere(target))) return `${page}: there is no file for ${link}`;
  if (hash === '' || (await anchorsIn(target)).includes(decodeURIComponent(hash.slice(1)))) return undefined;
  return `${page}: there is no heading for ${link}`;
}

async function linksIn(page: string): Promise<readonly string[]> {
  const text = await readFile(new URL(page, ROOT), 'utf8');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** The paths from the repository's root that a page names as code. */
async function filesNamedIn(page: string): Promise<readonly string[]> {
  const text = await readFile(new URL(page, ROOT), 'utf8');
  const paths = text.matchAll(/`((?:src|test|assets|python|packaging|fixtures)\/[\w./-]+\.\w+)`/g);
  return [...paths].map(([, path = '']) => path);
}

describe('a document', () => {
  it('links to files and headings that are there', async () => {
    const pages = await findPages();
    const problems: string[] = [];
    for (const page of pages) {
      const links = await linksIn(page);
      problems.push(
        ...(await Promise.all(links.map((link) => problemWith(link, page)))).filter(
          (one) => one !== undefined,
        ),
      );
    }

    expect(pages.length).toBeGreaterThan(15);
    expect(problems).toEqual([]);
  });

  it('names files of this repository that are there', async () => {
    const problems: string[] = [];
    for (const page of await findPages()) {
      // What has changed once is not told anew when a file moves.
      if (page === 'CHANGELOG.md') continue;
      for (const path of await filesNamedIn(page)) {
        if (!(await isThere(new URL(path, ROOT)))) problems.push(`${page}: there is no ${path}`);
      }
    }

    expect((await filesNamedIn('docs/architecture.md')).length).toBeGreaterThan(20);
    expect(problems).toEqual([]);
  });

  it('in docs/ is in the table of contents', async () => {
    const contents = await linksIn('docs/README.md');
    const pages = (await findPages()).filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');

    expect(pages.filter((page) => !contents.includes(page.slice('docs/'.length)))).toEqual([]);
  });
});
