import { join } from 'node:path';

import { NAMESPACE_FOLDER } from '../../forkd/forkd-layout.ts';
import type { ForkedSandbox, WantedSandbox } from '../snapshots/control-channel.ts';
import { agentSocket, type Place, type Places } from './places.ts';
import type { WarmParent } from '../snapshots/warm-parent.ts';

/** What forks sandboxes: a warm parent. */
export type Forker = Pick<WarmParent, 'fork' | 'kill'>;

const ADDRESS_ATTEMPTS = 5;

/** A place with a process in it. */
export interface OccupiedPlace {
  readonly place: Place;
  readonly pid: number;
}

/**
 * Forks one sandbox into each place, all of them or none. An address that somebody else has (two
 * controllers may pick the same) is exchanged for another.
 */
export async function forkIntoPlaces(
  parent: Forker,
  places: Places,
  wanted: readonly Place[],
): Promise<readonly OccupiedPlace[]> {
  const occupied: OccupiedPlace[] = [];
  let waiting = wanted;
  try {
    for (let attempt = 1; waiting.length > 0; attempt += 1) {
      const answers = await forkOnce(parent, waiting);
      occupied.push(...answers.flatMap(({ place, pid }) => (pid === null ? [] : [{ place, pid }])));
      const refused = answers.filter(({ pid }) => pid === null);
      const fatal = refused.find((answer) => attempt === ADDRESS_ATTEMPTS || !isAddressInUse(answer));
      if (fatal !== undefined) throw new Error(fatal.error ?? 'fork failed');
      waiting = refused.length === 0 ? [] : places.moved(refused.map(({ place }) => place));
    }
    return inOrder(wanted, occupied);
  } catch (error) {
    await abandon(parent, places, wanted, occupied, waiting);
    throw error;
  }
}

interface ForkAnswer {
  readonly place: Place;
  readonly pid: number | null;
  readonly error: string | null;
}

async function forkOnce(parent: Forker, waiting: readonly Place[]): Promise<readonly ForkAnswer[]> {
  const answers = await parent.fork(waiting.map(asWanted));
  const byId = new Map<string, ForkedSandbox>(answers.map((answer) => [answer.id, answer]));
  return waiting.map((place) => ({
    place,
    pid: byId.get(place.id)?.pid ?? null,
    error: byId.get(place.id)?.error ?? null,
  }));
}

function asWanted(place: Place): WantedSandbox {
  const { id, dir, cgroup } = place;
  const { address, namespaces } = place.network;
  return {
    ...{ id, address, dir },
    cgroup_procs: cgroup === undefined ? [] : [cgroup.procs],
    namespace:
      namespaces === undefined
        ? null
        : { file: join(NAMESPACE_FOLDER, namespaces.guest), agent_socket: agentSocket(place) },
  };
}

/** Whether another program has the address, which can be so outside of namespaces only. */
function isAddressInUse({ place, error }: ForkAnswer): boolean {
  return place.network.namespaces === undefined && error?.startsWith('EADDRINUSE') === true;
}

function inOrder(wanted: readonly Place[], occupied: readonly OccupiedPlace[]): readonly OccupiedPlace[] {
  const byId = new Map(occupied.map((one) => [one.place.id, one]));
  return wanted.flatMap(({ id }) => byId.get(id) ?? []);
}

async function abandon(
  parent: Forker,
  places: Places,
  wanted: readonly Place[],
  occupied: readonly OccupiedPlace[],
  waiting: readonly Place[],
): Promise<void> {
  await Promise.all(occupied.map(({ place }) => parent.kill(place.id)));
  // A place that has moved is cleared at its present address.
  const current = new Map(
    [...wanted, ...occupied.map(({ place }) => place), ...waiting].map((one) => [one.id, one]),
  );
  await Promise.all([...current.values()].map((place) => places.clear(place)));
}
