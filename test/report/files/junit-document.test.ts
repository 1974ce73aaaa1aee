import { describe, expect, it } from 'vitest';

import { junitDocument } from '../../../src/report/files/junit-document.ts';
import { readAndRewritten } from '../../helpers/junit-xml.ts';

/** A failure whose message and text a parser has read. */
async function failureRead(message: string): Promise<string | undefined> {
  const cases = [{ name: 'case', problem: { element: 'failure', message } as const }];
  const xml = junitDocument([{ name: 'suite', startedAt: '2026-01-02T03:04:05', cases }]);
  return /<failure.*<\/failure>/s.exec(await readAndRewritten(xml))?.[0];
}

describe('what a reader of a JUnit document gets', () => {
  it('has the line breaks and tabs of a message', async () => {
    expect(await failureRead('first\n\tsecond\r\nthird')).toBe(
      '<failure message="first&#xA;&#x9;second&#xD;&#xA;third">first\n\tsecond&#xD;\nthird</failure>',
    );
  });

  it.each(['&nbsp;', '&lt;', '&#10;', '&#7;', '&'])('has %s as it was said', async (said) => {
    const read = said.replace('&', '&amp;');

    expect(await failureRead(said)).toBe(`<failure message="${read}">${read}</failure>`);
  });

  it('has something else for what XML cannot hold', async () => {
    expect(await failureRead('a\u001b[31mb\ud800')).toBe(
      '<failure message="a\ufffd[31mb\ufffd">a\ufffd[31mb\ufffd</failure>',
    );
  });
});
