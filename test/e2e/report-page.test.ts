import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { reportHtml } from '../../src/report/page/html-reporter.tsx';
import { nameRuns } from '../../src/report/parts/reported-run.ts';
import { readRecord } from '../../src/record/read-record.ts';
import { findChromium } from '../../src/process/find-chromium.ts';
import { hostileCopy } from '../helpers/hostile.ts';
import { failedRecord, passedRecord } from '../helpers/judged-record.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const RECORDS = ['2026-11-25T06-28-12Z-1u-embedded', '2026-11-25T06-29-31Z-5u-embedded'].map((name) =>
  pathOf(`bench-results/${name}.json`),
);
/** Pictures of the page are left here, for whoever wants to look. */
const SCREENSHOTS = pathOf('test-results');

const executablePath = await findChromium();
if (executablePath === undefined) {
  console.warn('the report is not opened in a browser: there is no chromium (apt-get install chromium)');
}

let browser: Browser;
let folder: string;
let real: string;
/** With all that a page can have, and few users: looking at every node takes its time. */
let small: string;

async function store(name: string, html: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, html);
  return pathToFileURL(file).href;
}

interface Visit {
  readonly page: Page;
  /** Whatever the page said or asked for that it should not have. */
  readonly noise: readonly string[];
}

async function visit(url: string, options: Parameters<Browser['newContext']>[0]): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('console', (message) => noise.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    noise.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) noise.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, noise };
}

describe.skipIf(executablePath === undefined)('the report in a real browser', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-page-'));
    // Chromium's own sandbox refuses to run as root, which CI is; the page is ours.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    const stored = await Promise.all(RECORDS.map(async (path) => ({ path, record: await readRecord(path) })));
    real = await store('real.html', reportHtml(nameRuns(stored)));
    const records = [passedRecord(1), failedRecord()];
    small = await store(
      'small.html',
      reportHtml(records.map((record, n) => ({ name: `run-${n + 1}`, record }))),
    );
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    { colorScheme: 'light', width: 1100 },
    { colorScheme: 'dark', width: 360 },
  ] as const)(
    'is accessible, and wide enough: $colorScheme, $width pixels',
    async ({ colorScheme, width }) => {
      const { page, noise } = await visit(small, { colorScheme, viewport: { width, height: 800 } });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });

      const { violations, passes } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      const widest = await page.evaluate(() => document.documentElement.scrollWidth);

      expect(found).toEqual([]);
      expect(passes.map(({ id }) => id)).toContain('color-contrast');
      expect(noise).toEqual([]);
      // Wide tables scroll by themselves, the page never does.
      expect(widest).toBe(width);
      await page.context().close();
    },
  );

  it.each([
    { colorScheme: 'light', width: 1100 },
    { colorScheme: 'dark', width: 390 },
  ] as const)('shows real records, and asks for nothing: $colorScheme', async ({ colorScheme, width }) => {
    const { page, noise } = await visit(real, { colorScheme, viewport: { width, height: 800 } });

    await page.screenshot({ path: join(SCREENSHOTS, `report-${colorScheme}.png`), fullPage: true });
    expect(await page.locator('svg:visible').count()).toBeGreaterThan(4);
    expect(noise).toEqual([]);
    await page.context().close();
  });

  it('is dark where the system is, and shows the chart that fits', async () => {
    const shown = async (colorScheme: 'light' | 'dark', width: number): Promise<readonly unknown[]> => {
      const { page } = await visit(small, { colorScheme, viewport: { width, height: 800 } });
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const charts = page.locator('#overview figure').first();
      const visible = [
        await charts.locator('.wide').isVisible(),
        await charts.locator('.narrow').isVisible(),
      ];
      await page.context().close();
      return [ground, ...visible];
    };

    expect(await shown('light', 1100)).toEqual(['rgb(255, 255, 255)', true, false]);
    expect(await shown('dark', 360)).toEqual(['rgb(20, 23, 27)', false, true]);
  });

  it('leads the keyboard past what is not wanted, and opens tables with it', async () => {
    const { page } = await visit(small, { viewport: { width: 1100, height: 800 } });
    const first = page.locator('summary').first();

    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent.trim())).toBe('Skip to the results');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await first.focus();
    await page.keyboard.press('Enter');
    expect(await first.evaluate((summary) => summary.parentElement?.hasAttribute('open'))).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('group');
    await page.context().close();
  });

  it('is reached in every part with the Tab key alone', async () => {
    const { page } = await visit(small, { viewport: { width: 1100, height: 800 } });
    const parts = page.locator('a, summary, [tabindex="0"]').locator('visible=true');
    const wanted = await parts.count();
    const reached = new Set<string>();

    for (let step = 0; step < wanted; step += 1) {
      await page.keyboard.press('Tab');
      reached.add(await page.locator(':focus').evaluate((element) => element.outerHTML));
    }

    expect(wanted).toBeGreaterThan(20);
    expect([...reached].toSorted()).toEqual(
      [...new Set(await parts.evaluateAll((elements) => elements.map((one) => one.outerHTML)))].toSorted(),
    );
    await page.context().close();
  });

  it('runs nothing that a record holds', async () => {
    const runs = [passedRecord(), failedRecord()].map((record, index) => ({
      name: `<script>alert(${index})</script>`,
      record: hostileCopy(record),
    }));
    const { page, noise } = await visit(await store('hostile.html', reportHtml(runs)), {});

    expect(await page.locator('script, img, iframe, [onerror]').count()).toBe(0);
    expect(await page.locator('h2').count()).toBe(3);
    expect(noise).toEqual([]);
    await page.context().close();
  });
});
