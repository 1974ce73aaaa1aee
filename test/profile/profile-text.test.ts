import { describe, expect, it } from 'vitest';

import { profileText } from '../../src/profile/profile-text.ts';
import { type Profile, toProfile } from '../../src/profile/profile.ts';
import type { Launch } from '../../src/bench/run/round/launch-user.ts';
import { span } from '../helpers/spans.ts';

const BACKEND = { kind: 'embedded', version: '0.1.0', isolation: 'process fork, no isolation' };
const EXPRESSION = { code: '1 + 1', expression: '1 + 1', expected: '2' };
const COMPLETED = { outcome: 'completed', actual: '2', error: null } as const;

function launch(user: string, stages: Launch['stages'], ended: Launch['ended'] = COMPLETED): Launch {
  return {
    user: { index: 0, user, token: 't', expression: EXPRESSION },
    ended,
    stages,
    startMs: 1000,
    kernel: undefined,
  };
}

function profileOf(
  launches: readonly Launch[],
  spans: Parameters<typeof toProfile>[0]['spans'] = [],
): Profile {
  const startedAt = '2026-01-02T03:04:05.678Z';
  return toProfile({ startedAt, backend: BACKEND, barrierMs: 1000, launches, spans });
}

const SPANS = [
  span('hub', 'user.spawn', 1001, 1060),
  span('spawner', 'start.create', 1005, 1012),
  span('controller', 'create.fork', 1006.5, 1011),
  span('guest', 'agent.activate', 1015, 1058),
  span('hub', 'too short to be listed', 1002, 1002.1),
  span('hub', "somebody else's", 1002, 1003, 'bo'),
  span('hub', 'of another round', 500, 600),
];

describe('the text of a profile', () => {
  it('shows the slowest start on every side, sorted by start, and what nobody explains', () => {
    const ada = launch('ada', { requestedMs: 4, serverReadyMs: 65, cell1Ms: 100, stoppedMs: 5000 });
    const bo = launch('bo', { requestedMs: 3, cell1Ms: 90 });
    const hubLag = { p50Ms: 0.12, p99Ms: 3.4, maxMs: 120.4 };

    expect(profileText({ ...profileOf([bo, ada], SPANS), hubLag }, 'a.trace.json')).toMatchSnapshot();
  });

  it('says why a start did not get to its end', () => {
    const error: NonNullable<Launch['ended']['error']> = {
      stage: 'serverReady',
      message: 'the server died',
      logLines: ['ImportError: x'],
    };
    const failed = launch('ada', { requestedMs: 4 }, { outcome: 'failed', actual: null, error });

    const profile = profileOf([failed]);

    expect(profile.verdict).toBe('incomplete');
    expect(profileText(profile, 'a.trace.json')).toMatchSnapshot();
  });
});

describe('the verdict', () => {
  it.each([
    ['passed', COMPLETED],
    ['failed', { ...COMPLETED, actual: '3' }],
  ] as const)('is %s for %j', (verdict, ended) => {
    expect(profileOf([launch('ada', { cell1Ms: 100 }, ended)]).verdict).toBe(verdict);
  });
});
