import type { Locator, Page } from 'playwright-core';

import type { Expression } from '../plan/expression-set.ts';
import type { BrowserStart } from '../results/browser-record.ts';
import type { Clock } from './clock.ts';
import { toMicroseconds } from './stopwatch.ts';

export interface Visitor {
  readonly hubUrl: string;
  readonly user: string;
  readonly password: string;
  readonly expression: Expression;
}

type Moments = Pick<BrowserStart, 'serverShownMs' | 'labShownMs' | 'notebookShownMs' | 'cellShownMs'>;

/** As far as a visit has come; filled while it goes on, so that one that fails tells how far it got. */
export type VisitProgress = { -readonly [Moment in keyof Moments]: Moments[Moment] };

const PRESS_EVERY_MS = 200;
const MOST_PRESSING_MS = 60_000;

/** Before the clock starts: a person is logged in and looks at the hub's home page. */
export async function logIn(page: Page, { hubUrl, user, password }: Visitor): Promise<void> {
  await page.goto(`${hubUrl}/hub/login?next=%2Fhub%2Fhome`);
  await page.fill('#username_input', user);
  await page.fill('#password_input', password);
  await page.click('#login_submit');
  await page.locator('#start').waitFor();
}

/** From the click on 'Start My Server' to the output on the screen, which is returned. */
export async function startAndRun(
  page: Page,
  { code }: Expression,
  clock: Clock,
  moments: VisitProgress,
): Promise<string> {
  const clickedMs = clock.now();
  const sinceClick = (): number => toMicroseconds(clock.now() - clickedMs);
  await page.click('#start', { noWaitAfter: true });
  await page.waitForURL('**/user/**', { waitUntil: 'commit' });
  moments.serverShownMs = sinceClick();
  const tile = page.locator('.jp-LauncherCard[data-category="Notebook"]').first();
  await tile.waitFor();
  moments.labShownMs = sinceClick();
  await openNotebook(page, () => tile.click());
  moments.notebookShownMs = sinceClick();
  const output = await runCell(page, code);
  moments.cellShownMs = sinceClick();
  return output;
}

/** With a cell that can be typed into; its kernel may still be on its way. */
async function openNotebook(page: Page, click: () => Promise<void>): Promise<void> {
  await click();
  await page.locator('.jp-Notebook .jp-CodeCell .cm-content').first().waitFor();
}

async function runCell(page: Page, code: string): Promise<string> {
  const cell = page.locator('.jp-Notebook .jp-CodeCell').first();
  await cell.locator('.cm-content').click();
  await page.keyboard.insertText(code);
  await pressUntilItRuns(page, cell);
  const output = cell.locator('.jp-OutputArea-output').first();
  await output.waitFor();
  return (await output.innerText()).trim();
}

/**
 * As long as JupyterLab isn't connected to the kernel it runs nothing and says nothing, and shows
 * it as idle: whoever sees no mark at the cell presses again.
 */
async function pressUntilItRuns(page: Page, cell: Locator): Promise<void> {
  const mark = cell.locator('.jp-InputPrompt', { hasText: /\[(\*|\d+)\]/ });
  const giveUpAt = performance.now() + MOST_PRESSING_MS;
  while (!(await mark.isVisible())) {
    if (performance.now() > giveUpAt)
      throw new Error('the cell was never run, however often Ctrl+Enter was pressed');
    await page.keyboard.press('Control+Enter');
    await mark.waitFor({ timeout: PRESS_EVERY_MS }).catch(() => undefined);
  }
}
