import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Forker, forkIntoPlaces } from '../../../src/embedded/sandboxes/fork-into-places.ts';
import type { WantedSandbox } from '../../../src/embedded/snapshots/control-channel.ts';
import { keepNoLog } from '../../../src/embedded/kept-logs.ts';
import { NetworkPool } from '../../../src/embedded/sandboxes/network-pool.ts';
import { Places, type WantedPlaces } from '../../../src/embedded/sandboxes/places.ts';

let root: string;
let places: Places;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'places-test-'));
  places = new Places({
    root,
    networks: new NetworkPool(),
    limits: undefined,
    keepLog: keepNoLog,
  });
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

function wantedPlaces(count: number): WantedPlaces {
  return { count, memoryLimitMib: null, perChildNetns: false };
}

/** A parent whose answer is known for each sandbox; notes what it was asked. */
function forker(errorOf: (wanted: WantedSandbox, attempt: number) => string | null): Forker & {
  readonly asked: string[][];
  readonly killed: string[];
} {
  const asked: string[][] = [];
  const killed: string[] = [];
  const fork: Forker['fork'] = (sandboxes) => {
    asked.push(sandboxes.map(({ address }) => address));
    return Promise.resolve(
      sandboxes.map((wanted, index) => {
        const error = errorOf(wanted, asked.length);
        return { id: wanted.id, pid: error === null ? 100 * asked.length + index : null, error };
      }),
    );
  };
  const kill: Forker['kill'] = (id) => {
    killed.push(id);
    return Promise.resolve();
  };
  return { asked, killed, fork, kill };
}

describe('forking sandboxes', () => {
  it('exchanges an address that somebody else has, and keeps the order', async () => {
    const wanted = await places.prepare(wantedPlaces(3));
    const second = wanted[1]?.id;
    const parent = forker(({ id, address }, attempt) =>
      id === second && attempt < 3 ? `EADDRINUSE: ${address}` : null,
    );

    const occupied = await forkIntoPlaces(parent, places, wanted);

    expect(parent.asked.map((addresses) => addresses.length)).toEqual([3, 1, 1]);
    expect(occupied.map(({ place, pid }) => [place.id, pid])).toEqual([
      [wanted[0]?.id, 100],
      [second, 300],
      [wanted[2]?.id, 102],
    ]);
    expect(occupied[1]?.place.network.address).toBe(parent.asked[2]?.[0]);
    expect(new Set(parent.asked.flat()).size).toBe(5);
  });

  it('makes all or none: kills and clears the others when one cannot be forked', async () => {
    const wanted = await places.prepare(wantedPlaces(3));
    const parent = forker(({ id }) => (id === wanted[2]?.id ? 'fork: Cannot allocate memory' : null));

    await expect(forkIntoPlaces(parent, places, wanted)).rejects.toThrow('fork: Cannot allocate memory');

    expect(parent.killed).toEqual([wanted[0]?.id, wanted[1]?.id]);
    expect(await readdir(root)).toEqual([]);
  });

  it('gives up when every address is in use', async () => {
    const parent = forker(({ address }) => `EADDRINUSE: ${address}`);

    await expect(forkIntoPlaces(parent, places, await places.prepare(wantedPlaces(2)))).rejects.toThrow(
      /EADDRINUSE/,
    );

    expect(parent.asked.length).toBe(5);
    expect(await readdir(root)).toEqual([]);
  });
});
