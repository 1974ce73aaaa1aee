import { AGENT_PORT, type AgentPlace } from '../../forkd/agent-client.ts';
import type { MemoryCgroup } from './memory-limits.ts';
import type { SandboxNetwork } from './sandbox-networks.ts';
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

/** What a sandbox occupies, from before its fork until its deletion. */
export interface SandboxPlace {
  readonly id: string;
  readonly network: SandboxNetwork;
  readonly dir: string;
  readonly cgroup: MemoryCgroup | undefined;
}

/** Where the agent of a sandbox in a namespace can be reached from outside of it; a path could be too long. */
export function agentSocket({ id }: SandboxPlace): string {
  return `@forkd-agent-${process.pid}-${id}`;
}

/** A process group that was forked from a snapshot's parent. Its row outlives it until DELETE, as with forkd. */
export class Sandbox {
  readonly place: SandboxPlace;
  readonly snapshot: Snapshot;
  readonly row: SandboxRow;
  /** Where its agent answers. */
  readonly agent: AgentPlace;
  /** How it ended by itself; undefined while it lives. */
  death: string | undefined;

  constructor(place: SandboxPlace, snapshot: Snapshot, pid: number, memoryLimitMib: number | null) {
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
  }
}
