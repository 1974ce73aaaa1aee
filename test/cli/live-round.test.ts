import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LiveRound } from '../../src/cli/live-round.ts';
import { STAGES } from '../../src/record/stages.ts';

const USERS = 5;
const REDRAW_MS = 200;

let frames: string[];
let live: LiveRound;

beforeEach(() => {
  vi.useFakeTimers();
  frames = [];
  live = new LiveRound((frame) => frames.push(frame));
  live.start(USERS);
});

afterEach(() => {
  vi.useRealTimers();
});

function endAllStages(): void {
  for (const stage of STAGES) {
    for (let index = 0; index < USERS; index += 1) live.stageEnded({ index, stage });
  }
}

describe('LiveRound', () => {
  it('shows the users before they start', () => {
    expect(frames).toEqual([expect.stringMatching(/^user 1 ········\n/)]);
  });

  it('draws nothing from within the measurement, and all that has happened at once after 200 ms', () => {
    endAllStages();
    expect(frames).toHaveLength(1);

    vi.advanceTimersByTime(REDRAW_MS);

    expect(frames).toHaveLength(2);
    expect(frames[1]?.match(/■■■■■■■■ stopped/g)).toHaveLength(USERS);
  });

  it('draws nothing more once the round has ended', () => {
    endAllStages();
    live.end();
    live.stageEnded({ index: 0, stage: 'requested' });

    expect(vi.getTimerCount()).toBe(0);
    expect(frames).toHaveLength(1);
  });
});
