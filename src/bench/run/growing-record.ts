import { basename } from 'node:path';

import { judge, whyLost } from '../../verdict/judge.ts';
import type { BenchPlan } from '../plan/bench-plan.ts';
import type { AcceptanceRecord } from '../../record/acceptance-record.ts';
import {
  type BackendRecord,
  type EnvironmentRecord,
  type FurtherRound,
  type PlanRecord,
  type RoundRecord,
  type RunRecord,
  SCHEMA_VERSION,
} from '../../record/run-record.ts';
import { summarizeComparison } from '../../stats/summarize-comparison.ts';
import { summarize } from '../../stats/summarize.ts';
import type { ComparedHub } from '../target/bench-target.ts';

/** Users of the first round meet cold caches everywhere, the client's own code included. */
export const WARMUP_ROUNDS = 1;

/**
 * The share of the rounds that a crash may lose at most. Each store makes all statistics and the whole file
 * anew; with every round of a long run, that would in the end cost more than the rounds.
 */
const UNSTORED_SHARE = 0.05;

/** What a run is about besides its plan. */
export interface RunContext {
  readonly startedAt: Date;
  readonly backend: BackendRecord;
  readonly environment: EnvironmentRecord;
  /** What is known before the run, where it is to be accepted. */
  readonly acceptance?: AcceptanceRecord;
}

/** Keeps the record as it is now. */
export type Store = (record: RunRecord) => Promise<void>;

/** What a run finds out besides its rounds. */
type Findings = Pick<RunRecord, 'endedBy' | 'interrupted' | 'memory' | 'browser' | 'acceptance'>;

/** One round of each, in the same order every time. */
export interface Rounds {
  readonly ours: RoundRecord;
  readonly theirs: readonly { readonly hub: ComparedHub; readonly round: RoundRecord }[];
}

/**
 * Collects whatever a run finds out. What follows from it, the verdict above all, is found out here and
 * nowhere else, from all that is known, whenever the record is stored.
 */
export class GrowingRecord {
  readonly #store: Store;
  readonly #rounds: RoundRecord[] = [];
  readonly #theirs = new Map<ComparedHub, RoundRecord[]>();
  #record: RunRecord;
  #elapsedMs: number | undefined;

  constructor(plan: BenchPlan, context: RunContext, store: Store) {
    this.#record = startRecord(plan, context);
    this.#store = store;
  }

  async begin(): Promise<void> {
    await this.#store(this.#record);
  }

  /** Takes a round in. The record is stored after each of the first twenty, then less and less often. */
  async add({ ours, theirs }: Rounds, elapsedMs: number | undefined): Promise<void> {
    this.#rounds.push(ours);
    for (const { hub, round } of theirs) {
      const earlier = this.#theirs.get(hub);
      if (earlier === undefined) this.#theirs.set(hub, [round]);
      else earlier.push(round);
    }
    this.#elapsedMs = elapsedMs;
    if (this.#unstored >= UNSTORED_SHARE * this.#rounds.length) await this.#storeAll();
  }

  /** Why no further round can make the run pass. */
  whyLost(): string | undefined {
    return whyLost({ plan: this.#record.plan, rounds: this.#rounds });
  }

  async include(findings: Findings): Promise<void> {
    this.#record = { ...this.#record, ...findings };
    await this.#storeAll();
  }

  /** `why`: what kept those rounds from being run, or from being run to their end. */
  async leaveOut(part: FurtherRound, why: string): Promise<void> {
    this.#record = { ...this.#record, notRun: { ...this.#record.notRun, [part]: why } };
    await this.#storeAll();
  }

  /** @returns the record with all that it was told, as it is stored */
  async end(): Promise<RunRecord> {
    if (this.#unstored > 0) await this.#storeAll();
    return this.#record;
  }

  get #unstored(): number {
    return this.#rounds.length - this.#record.rounds.length;
  }

  async #storeAll(): Promise<void> {
    this.#record = this.#judged();
    await this.#store(this.#record);
  }

  #judged(): RunRecord {
    const rounds = [...this.#rounds];
    const summary = summarize(rounds);
    const comparisons: RunRecord['comparisons'] = {};
    for (const [{ name, backend }, theirs] of this.#theirs) {
      comparisons[name] = summarizeComparison(summary, theirs, backend);
    }
    const known = {
      ...this.#record,
      rounds,
      summary,
      ...(this.#elapsedMs !== undefined && { elapsedMs: this.#elapsedMs }),
      ...(this.#theirs.size > 0 && { comparisons }),
    };
    const { verdict, criteria } = judge(known);
    return { ...known, verdict, criteria: [...criteria] };
  }
}

function startRecord(
  plan: BenchPlan,
  { startedAt, backend, environment, acceptance }: RunContext,
): RunRecord {
  const evidence = { plan: toPlanRecord(plan), rounds: [], ...(acceptance && { acceptance }) };
  return {
    schemaVersion: SCHEMA_VERSION,
    startedAt: startedAt.toISOString(),
    verdict: 'incomplete',
    budgetMs: plan.budgetMs,
    backend,
    ...evidence,
    environment,
    summary: {},
    criteria: [...judge(evidence).criteria],
  };
}

function toPlanRecord(plan: BenchPlan): PlanRecord {
  const { users, rounds, durationMs, budgetMs, timeoutMs, controller, spawner, comparisons, hub } = plan;
  return {
    users,
    ...(durationMs === undefined ? { rounds } : { durationMs }),
    ...{ warmupRounds: WARMUP_ROUNDS, budgetMs, timeoutMs, controller, spawner },
    snapshot: plan.snapshot ?? null,
    expressions: plan.expressionSource,
    ...(plan.arrivals.kind !== 'burst' && { arrivals: plan.arrivalsText }),
    ...(plan.arrivals.kind === 'poisson' && { seed: plan.seed }),
    ...(plan.hubConfig !== undefined && { hubConfig: basename(plan.hubConfig) }),
    ...(hub !== undefined && { hub: hub.url }),
    ...(comparisons.length > 0 && { comparisons: [...comparisons] }),
    ...(plan.restart && { restart: true as const }),
    ...(plan.memory && { memory: true as const }),
    ...(plan.browserStarts > 0 && { browserStarts: plan.browserStarts }),
    ...(plan.thresholds.length > 0 && { thresholds: [...plan.thresholds] }),
  };
}
