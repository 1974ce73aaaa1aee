import type { Page } from 'playwright-core';

import type { Expression } from '../../plan/expression-set.ts';
import type { BrowserStart } from '../../../record/browser-record.ts';
import { type Clock, toMicroseconds } from '../../../time/clock.ts';
import type { KernelWatch } from './kernel-watch.ts';

export interface Visitor {
  readonly hubUrl: string;
  readonly user: string;
  readonly password: string;
  readonly expression: Expression;
}

type Moments = Pick<BrowserStart, 'serverShownMs' | 'labShownMs' | 'notebookShownMs' | 'cellShownMs'>;

/**
 * The moments that a visit has reached. They are filled in as it goes on, so that a failed one
 * tells how far it got.
 */
export type VisitProgress = { -readonly [Moment in keyof Moments]: Moments[Moment] };

/** What a visit is watched with, and how long each of its steps may take. */
interface VisitTools {
  readonly clock: Clock;
  readonly kernels: KernelWatch;
  readonly timeoutMs: number;
}

/** Logs a person in and opens the hub's home page, before the clock starts. */
export async function logIn(page: Page, { hubUrl, user, password }: Visitor): Promise<void> {
  await page.goto(`${hubUrl}/hub/login?next=%2Fhub%2Fhome`);
  await page.fill('#username_input', user);
  await page.fill('#password_input', password);
  await page.click('#login_submit');
  await page.locator('#start').waitFor();
}

/** Goes from the click on 'Start My Server' to the output on the screen. @returns that output */
export async function startAndRun(
  page: Page,
  { code }: Expression,
  { clock, kernels, timeoutMs }: VisitTools,
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
  const output = await runCell(page, code, kernels, timeoutMs);
  moments.cellShownMs = sinceClick();
  return output;
}

/** Opens a notebook whose cell can be typed into; its kernel may still be on its way. */
async function openNotebook(page: Page, click: () => Promise<void>): Promise<void> {
  await click();
  await page.locator('.jp-Notebook .jp-CodeCell .cm-content').first().waitFor();
}

/** Runs a cell as a person does: writes it, waits until the kernel is idle, and presses the keys once. */
async function runCell(page: Page, code: string, kernels: KernelWatch, timeoutMs: number): Promise<string> {
  const cell = page.locator('.jp-Notebook .jp-CodeCell').first();
  await cell.locator('.cm-content').click();
  await page.keyboard.insertText(code);
  await untilIdle(page, kernels, timeoutMs);
  await page.keyboard.press('Control+Enter');
  const output = cell.locator('.jp-OutputArea-output').first();
  await output.waitFor();
  return (await output.innerText()).trim();
}

/**
 * A notebook shows its kernel as idle before it has one. Whoever runs a cell then makes JupyterLab start
 * a second kernel, and delete the first.
 */
async function untilIdle(page: Page, kernels: KernelWatch, timeoutMs: number): Promise<void> {
  await kernels.untilOneAnswers(timeoutMs);
  await page
    .locator('.jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status="idle"]')
    .first()
    .waitFor();
}
