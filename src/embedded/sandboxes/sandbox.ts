import { AGENT_PORT, type AgentPlace } from '../../forkd/agent-client.ts';
import { agentSocket, type Place } from './places.ts';
import type { Snapshot } from '../snapshots/snapshot.ts';

/** A row of `GET /v1/sandboxes`, with forkd's fields. */
export interface SandboxRow {
  readonly id: string;
  readonly snapshot_tag: string;
  readonly netns: string | null;
  readonly guest_addr: string;
  readonly created_at_unix: number;
  readonly pid: number | null;
  readonly memory_limit_mib: number | null;
  readonly has_branched: boolean;
  readonly last_branch_memory_path: string | null;
  readonly branch_count: number;
}

interface SandboxOptions {
  readonly place: Place;
  readonly snapshot: Snapshot;
  readonly pid: number;
  readonly memoryLimitMib: number | null;
  /** It is told when the sandbox ends by itself. */
  readonly log: (line: string) => void;
}

/** A process group that was forked from a snapshot's parent. Its row outlives it until DELETE, as with forkd. */
export class Sandbox {
  readonly place: Place;
  readonly snapshot: Snapshot;
  readonly row: SandboxRow;
  /** Where its agent answers. */
  readonly agent: AgentPlace;
  #death: string | undefined;

  constructor({ place, snapshot, pid, memoryLimitMib, log }: SandboxOptions) {
    this.place = place;
    this.snapshot = snapshot;
    const { address, namespaces } = place.network;
    this.agent = {
      address: `${address}:${AGENT_PORT}`,
      ...(namespaces === undefined ? {} : { socket: agentSocket(place) }),
    };
    this.row = {
      id: place.id,
      snapshot_tag: snapshot.tag,
      netns: namespaces?.child ?? null,
      guest_addr: this.agent.address,
      created_at_unix: Math.floor(Date.now() / 1000),
      pid,
      memory_limit_mib: memoryLimitMib,
      has_branched: false,
      last_branch_memory_path: null,
      branch_count: 0,
    };
    snapshot.parent.onExit(place.id, (end) => {
      this.#death = `${end}${this.#reachedLimit()}`;
      log(`sandbox ${place.id} is dead: ${this.#death}`);
    });
  }

  /** How it ended by itself; undefined while it lives. */
  get death(): string | undefined {
    return this.#death;
  }

  #reachedLimit(): string {
    if (this.place.cgroup?.hasKilled() !== true) return '';
    return `, its memory limit of ${this.row.memory_limit_mib ?? 0} MiB was reached`;
  }
}
