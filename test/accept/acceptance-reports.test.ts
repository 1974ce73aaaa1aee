import { describe, expect, it } from 'vitest';

import { acceptanceJunit } from '../../src/accept/acceptance-junit.ts';
import { acceptanceChecklist } from '../../src/accept/checklist.ts';
import { githubAnnotations, githubSummary } from '../../src/accept/github.ts';
import type { RunRecord } from '../../src/record/run-record.ts';
import { hostileCopy } from '../helpers/hostile.ts';
import { schemaComplaints } from '../helpers/junit-xml.ts';
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
    expect(githubSummary(RECORD)).toMatchInlineSnapshot(`
      "## forkd-spawner: failed

      embedded 0.1.0 (process fork, no isolation), 2 users at once, 1 judged rounds, budget 1000 ms

      |   | criterion      | evidence                       |
      | - | -------------- | ------------------------------ |
      | ✅ | a is right     | 2 of 2 users                   |
      | ❌ | b, c: \\<right> | u1 \\| 50%&#xA;said "no" & left |
      | ❔ | d is known     | not asked                      |
      | ➖ | e applies      | no                             |

      "
    `);
  });

  it('annotates what is missed as an error and what is unknown as a warning, each on one line', () => {
    expect(githubAnnotations(RECORD)).toEqual([
      '::error title=b%2C c%3A <right>::b, c: <right>: u1 | 50%25%0Asaid "no" & left',
      '::warning title=d is known::d is known: not asked',
    ]);
  });
});

describe('an acceptance as JUnit XML', () => {
  it('has one test case a criterion', () => {
    expect(acceptanceJunit(RECORD)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite name="forkd-spawner accept" timestamp="2026-01-02T03:04:05" hostname="localhost" tests="4" failures="1" errors="1" skipped="1" time="0.000">
          <properties>
            <property name="measured" value="embedded 0.1.0 (process fork, no isolation)"/>
            <property name="verdict" value="failed"/>
          </properties>
          <testcase name="a is right" classname="forkd-spawner accept" time="0.000"/>
          <testcase name="b, c: &lt;right&gt;" classname="forkd-spawner accept" time="0.000">
            <failure type="missed" message="u1 | 50%&#10;said &quot;no&quot; &amp; left">u1 | 50%
      said "no" &amp; left</failure>
          </testcase>
          <testcase name="d is known" classname="forkd-spawner accept" time="0.000">
            <error type="unknown" message="not asked">not asked</error>
          </testcase>
          <testcase name="e applies" classname="forkd-spawner accept" time="0.000">
            <skipped message="no">no</skipped>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  it.each([
    ['any', RECORD],
    ['hostile', hostileCopy(RECORD)],
  ])('is what the schema of the Jenkins plugin accepts of %s record', async (_, record) => {
    expect(await schemaComplaints(acceptanceJunit(record))).toEqual([]);
  });
});
