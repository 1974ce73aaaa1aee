import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';

import { reportHtml } from '../../../src/report/page/html-reporter.tsx';
import type { RunRecord } from '../../../src/record/run-record.ts';
import { HOSTILE, hostileCopy } from '../../helpers/hostile.ts';
import { failedRecord, judgedRecord, passedRecord } from '../../helpers/judged-record.ts';

const STATISTICS = { samples: 12, min: 190, p50: 210, max: 230 };

type Page = ReturnType<typeof parseHTML>['document'];

function pageOf(...records: readonly RunRecord[]): Page {
  return parseHTML(reportHtml(records.map((record, index) => ({ name: `run ${index + 1}`, record }))))
    .document;
}

function texts(page: Page, selector: string): readonly string[] {
  return [...page.querySelectorAll(selector)].map((element) =>
    element.textContent.replaceAll(/\s+/g, ' ').trim(),
  );
}

describe('the page of one run', () => {
  it('has the verdict, the criteria as the record has them, and a part for each question', () => {
    const page = pageOf(passedRecord());

    expect(texts(page, 'h2')).toEqual(['2 users at once, embedded ✔ passed']);
    expect(texts(page, '.criteria li').slice(0, 2)).toEqual([
      '✔ metevery round was run1 of 1 judged rounds were run',
      '✔ metevery user got to the end of cell 12 of 2 users',
    ]);
    expect(texts(page, 'h3')).toEqual([
      'Criteria',
      'Distribution per stage',
      'Comparison',
      'Waterfall per user and round',
      'Rounds',
      'Memory',
      'Environment',
    ]);
  });

  it('warns, below the criteria, of what makes the figures doubtful', () => {
    const record = passedRecord();
    const host = { ...record.environment.host, cores: 2 };
    const rounds = record.rounds.map((round) => ({ ...round, loadAverage: 9 }));
    const page = pageOf({ ...record, environment: { ...record.environment, host }, rounds });

    expect(texts(page, 'h3').slice(0, 2)).toEqual(['Criteria', 'Warnings']);
    expect(texts(page, '.warnings li')).toEqual([
      expect.stringMatching(/^the load average was 9\.0 on 2 cores before the first user: end what else/),
    ]);
  });

  it('says how sure the medians are, where there are rounds enough', () => {
    const { summary, ...record } = passedRecord();
    const cell1Ms = { ...STATISTICS, p50: 210, p50Interval: { low: 200.4, high: 219.6 } };

    const figures = texts(pageOf({ ...record, summary: { ...summary, cell1Ms } }), '.figures dd');

    expect(figures[0]).toBe('210 ms95 % sure: 200 to 220');
    expect(figures[1]).toMatch(/^\d+ ms$/);
  });

  it('shows a criterion that it has never heard of', () => {
    const record = passedRecord();
    const added = { name: 'cell1:p95<400ms', status: 'missed' as const, detail: '412 ms' };

    expect(texts(pageOf({ ...record, criteria: [...record.criteria, added] }), '.criteria li').at(-1)).toBe(
      '✘ missedcell1:p95<400ms412 ms',
    );
  });

  it('gives each chart a sentence, and a table with the same figures', () => {
    const page = pageOf(passedRecord());
    const figures = [...page.querySelectorAll('figure')];

    expect(figures.length).toBe(4);
    for (const figure of figures) {
      expect(figure.querySelectorAll('[role=img][aria-label^="Chart: "] > svg')).toHaveLength(2);
      expect(figure.querySelector('details table caption')).not.toBeNull();
    }
    expect(texts(page, 'figure details').join()).toContain('cell 1 done200200–––220');
  });

  it('says what went wrong, with stage, cause and log, and marks the user in the chart', () => {
    const page = pageOf(failedRecord());

    expect(texts(page, '.badge')).toEqual(['✘ failed']);
    expect(texts(page, 'pre')[0]).toContain(
      "bench-r1-u2: failed before 'server ready': Spawn failed: ActivationError: the server died",
    );
    expect(texts(page, 'pre')[0]).toContain('ImportError: no numpy');
    expect(texts(page, 'svg text')).toContain('✘ before server ready');
  });

  it('has no figure where nobody got to the end, and never a zero', () => {
    const page = pageOf(judgedRecord([]));

    expect(texts(page, '.figures dd').slice(0, 2)).toEqual(['– ms', '– ms']);
    expect(page.querySelectorAll('figure').length).toBe(0);
    expect(texts(page, 'p')).toContain('No user of a judged round got to the end: there are no figures.');
  });
});

describe('the page of several runs', () => {
  it('shows how they scale, and runs with the same number of users side by side', () => {
    const page = pageOf(passedRecord(1), passedRecord(5), passedRecord(5));

    expect(texts(page, '#overview h3')).toEqual(['Scaling', 'Side by side: 5 users at once']);
    expect(texts(page, 'nav a')).toEqual(['All runs', ...[1, 2, 3].map((n) => `run ${n} (passed)`)]);
    for (const link of page.querySelectorAll('a[href^="#"]')) {
      expect(page.querySelector(link.getAttribute('href') ?? '')).not.toBeNull();
    }
  });

  it('compares none of which nothing is known', () => {
    const empty = judgedRecord([]);
    const { floor, baseline } = passedRecord().comparisons ?? {};
    const compared = { ...empty, comparisons: { floor: floor && { ...floor, summary: {} }, baseline } };
    const page = pageOf(empty, empty, compared);

    expect(texts(page, '#overview h3')).toEqual([]);
    expect(texts(page, 'h3').filter((title) => title === 'Comparison')).toHaveLength(1);
  });

  it('draws no curve through one number of users', () => {
    expect(texts(pageOf(passedRecord(2), passedRecord(2)), '#overview h3')).toEqual([
      'Side by side: 2 users at once',
    ]);
  });
});

describe('a hostile record', () => {
  it('gets no markup into the page, by whichever of its texts', () => {
    const page = pageOf(hostileCopy(passedRecord()), hostileCopy(failedRecord()));

    expect(page.querySelectorAll('script, img, iframe, object, b, textarea').length).toBe(0);
    for (const element of page.querySelectorAll('*')) {
      expect(element.getAttributeNames().filter((name) => name.startsWith('on'))).toEqual([]);
    }
    // It is there, as text: nothing was dropped to be safe.
    expect(page.body.textContent).toContain(`bench-r1-u1${HOSTILE}`);
  });
});
