import { describe, expect, it } from 'vitest';

import { acceptanceChecklist } from '../../src/accept/checklist.ts';
import { githubAnnotations, githubSummary } from '../../src/accept/github.ts';
import { junitCriteria } from '../../src/accept/junit-criteria.ts';
import type { RunRecord } from '../../src/record/run-record.ts';
import { runRecord } from '../helpers/run-records.ts';

const RECORD: RunRecord = runRecord({
  verdict: 'failed',
  criteria: [
    { name: 'a is right', status: 'met', detail: '2 of 2 users' },
    { name: 'b, c: <right>', status: 'missed', detail: 'u1 | 50%\nsaid "no" & left' },
    { name: 'd is known', status: 'unknown', detail: 'not asked' },
    { name: 'e applies', status: 'skipped', detail: 'no' },
  ],
});

describe('an acceptance as text', () => {
  it('names the isolation first, every criterion, and the verdict last', () => {
    expect(acceptanceChecklist(RECORD, 'out/r.json'))
      .toBe(`acceptance of embedded 0.1.0 (process fork, no isolation)
2 users at once, 1 judged rounds, budget 1000 ms

✔ a is right: 2 of 2 users
✘ b, c: <right>: u1 | 50%
said "no" & left
? d is known: not asked
– e applies: no

verdict: failed
record:  out/r.json`);
  });
});

describe('an acceptance on GitHub', () => {
  it('is a table in which no evidence breaks out of its cell', () => {
    expect(githubSummary(RECORD)).toContain(
      '| ❌ | b, c: &lt;right> | u1 \\| 50% said "no" &amp; left |\n| ❔ | d is known | not asked |',
    );
    expect(githubSummary(RECORD)).toContain('process fork, no isolation');
  });

  it('annotates what is missed as an error and what is unknown as a warning, each on one line', () => {
    expect(githubAnnotations(RECORD)).toEqual([
      '::error title=b%2C c%3A <right>::b, c: <right>: u1 | 50%25%0Asaid "no" & left',
      '::warning title=d is known::d is known: not asked',
    ]);
  });
});

describe('an acceptance as JUnit XML', () => {
  const suite = {
    name: 'accept',
    startedAt: RECORD.startedAt,
    properties: { measured: 'embedded (process fork, no isolation)' },
  };

  it('has one test case a criterion', () => {
    expect(junitCriteria({ ...suite, criteria: RECORD.criteria })).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite name="accept" timestamp="2026-01-02T03:04:05" hostname="localhost" tests="4" failures="1" errors="1" skipped="1" time="0">
          <properties>
            <property name="measured" value="embedded (process fork, no isolation)"/>
          </properties>
          <testcase classname="accept" name="a is right" time="0"/>
          <testcase classname="accept" name="b, c: &lt;right&gt;" time="0"><failure message="u1 | 50%&#10;said &quot;no&quot; &amp; left" type="missed">u1 | 50%&#10;said &quot;no&quot; &amp; left</failure></testcase>
          <testcase classname="accept" name="d is known" time="0"><error message="not asked" type="unknown">not asked</error></testcase>
          <testcase classname="accept" name="e applies" time="0"><skipped/></testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  it('replaces what XML cannot hold', () => {
    const criteria = [{ name: 'log', status: 'missed' as const, detail: 'a\u001b[31mb\ud800' }];

    expect(junitCriteria({ ...suite, criteria })).toContain('message="a\ufffd[31mb\ufffd"');
  });
});
