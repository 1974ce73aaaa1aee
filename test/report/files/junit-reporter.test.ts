import { describe, expect, it } from 'vitest';

import { reportJunit } from '../../../src/report/files/junit-reporter.ts';
import type { RunRecord } from '../../../src/record/run-record.ts';
import { hostileCopy } from '../../helpers/hostile.ts';
import { schemaComplaints } from '../../helpers/junit-xml.ts';
import { failedRecord, judgedRecord, passedRecord } from '../../helpers/judged-record.ts';

function junitOf(record: RunRecord): string {
  return reportJunit([{ name: 'run', record }]);
}

describe('the JUnit reporter', () => {
  it.each([
    ['passed', passedRecord()],
    ['failed', failedRecord()],
    ['interrupted', judgedRecord([])],
    ['hostile', hostileCopy(failedRecord())],
  ])('writes of a %s run what the schema of the Jenkins plugin accepts', async (_, record) => {
    expect(await schemaComplaints(junitOf(record))).toEqual([]);
  });

  it('is measured by a schema that does refuse', async () => {
    const broken = junitOf(passedRecord()).replaceAll('testcase', 'test');

    expect(await schemaComplaints(broken)).toContainEqual(
      expect.stringContaining("Element 'test': This element is not expected"),
    );
  });

  it('has criteria and judged users, with stage, cause and log of who failed', () => {
    expect(junitOf(failedRecord())).toMatchSnapshot();
  });

  it('replaces what XML cannot hold', () => {
    expect(junitOf(hostileCopy(failedRecord()))).not.toContain('\u0007');
  });
});
