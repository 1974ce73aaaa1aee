import { basename } from 'node:path';

import { UsageError } from '../../faults/errors.ts';
import type { Threshold } from '../../record/run-record.ts';
import { parseController, parseDurationMs, parseUserCounts, parseWholeNumber } from './flag-values.ts';
import { type Arrivals, parseArrivals } from './arrivals.ts';
import type { Comparison } from '../../record/comparison.ts';
import { type BrowserStarts, parseBrowser } from './browser.ts';
import {
  assignExpressions,
  BUILT_IN_EXPRESSIONS,
  type Expression,
  readExpressions,
} from './expression-set.ts';
import { type Extent, type ExtentFlags, MAX_STARTS, parseExtent } from './extent.ts';
import { parseRemoteHub, type RemoteHub, type RemoteHubFlags } from './remote-hub.ts';
import { findHubConfig, isForeign, parseComparisons, parseSpawner } from './spawner.ts';
import { parseThresholds } from './thresholds.ts';
import { parseUserNames } from './user-names.ts';

/** What no flag has to say where the hub is an existing deployment: it is the hub's own. */
const OF_THE_DEPLOYMENT = { controller: 'none', snapshot: undefined, spawner: 'unknown' } as const;

/** What a run will do, complete and checked before anything is started. */
export interface BenchPlan extends Extent, BrowserStarts {
  readonly users: number;
  readonly budgetMs: number;
  /** How long each user of a round has, from the barrier. */
  readonly timeoutMs: number;
  /** `embedded` or the URL of a forkd controller. */
  readonly controller: string;
  readonly snapshot: string | undefined;
  /** `forkd`, `simple`, `local` or `package.module:Class`; `unknown` on an existing deployment. */
  readonly spawner: string;
  /** A file with lines for the local hub's configuration, by its absolute path. */
  readonly hubConfig?: string;
  /** The names of the local hub's users, the same in each round; absent: each round has new ones. */
  readonly userNames?: readonly string[];
  /** An existing deployment; absent where a hub of our own is started. */
  readonly hub?: RemoteHub;
  /** Measured in the same run, round by round. */
  readonly comparisons: readonly Comparison[];
  /** Whether memory is read in a round of its own. */
  readonly memory: boolean;
  /** Whether each user's kernel is restarted before the servers are stopped. */
  readonly restart: boolean;
  readonly arrivals: Arrivals;
  /** The arrivals as they were typed. */
  readonly arrivalsText: string;
  /** What random arrivals are drawn from. */
  readonly seed: number;
  readonly thresholds: readonly Threshold[];
  /** Whether the run ends with the round after which it can no longer pass. */
  readonly failFast: boolean;
  /** What the users' names begin with: runs of a sweep share a hub, and must differ in it. */
  readonly userPrefix: string;
  /** Each user runs one of them. */
  readonly expressions: readonly Expression[];
  /** `built-in`, or the file's name without its folder: records hold no machine paths. */
  readonly expressionSource: string;
}

/** The flags as they were typed. */
export interface BenchFlags extends RemoteHubFlags, ExtentFlags {
  readonly users: string;
  readonly budget: string;
  readonly timeout: string;
  readonly arrivals?: string;
  readonly seed?: string;
  readonly expressions: string | undefined;
  readonly threshold?: readonly string[] | undefined;
  readonly 'warn-threshold'?: readonly string[] | undefined;
  readonly 'fail-fast'?: boolean;
  readonly restart?: boolean;
}

/** Every round has its own: the seed and the round's index. */
const SEED = { min: 0, max: 2 ** 31 - 1 - MAX_STARTS };

/** Validates the flags and reads the expressions; every problem is a `UsageError`. */
export async function makeBenchPlan(flags: BenchFlags): Promise<BenchPlan> {
  const [plan, ...more] = await makeBenchPlans(flags);
  if (more.length > 0) {
    throw new UsageError(`--users must be one number here, not ${flags.users}`);
  }
  return plan;
}

/** One plan for each number of users. */
export async function makeBenchPlans(flags: BenchFlags): Promise<readonly [BenchPlan, ...BenchPlan[]]> {
  const [first, ...counts] = parseUserCounts(flags.users);
  const prefix = (users: number): string => (counts.length === 0 ? 'bench' : `bench-${users}`);
  const hub = await parseRemoteHub(flags, Math.max(first, ...counts));
  const plan = (users: number): Promise<BenchPlan> => planFor(users, prefix(users), flags, hub);
  return [await plan(first), ...(await Promise.all(counts.map(plan)))];
}

async function planFor(
  users: number,
  userPrefix: string,
  flags: BenchFlags,
  hub: RemoteHub | undefined,
): Promise<BenchPlan> {
  const comparisons = parseComparisons(flags);
  const extent = parseExtent(flags, users * (1 + comparisons.length));
  const limits = parseLimits(flags);
  const { arrivals: arrivalsText = 'burst' } = flags;
  const file = await readExpressions(flags.expressions ?? BUILT_IN_EXPRESSIONS);
  const expressionSource = flags.expressions === undefined ? 'built-in' : basename(flags.expressions);
  const planned = { users, ...extent, spawner: flags.spawner, expressions: expressionSource };
  return Object.freeze({
    users,
    ...extent,
    ...limits,
    ...(hub === undefined ? await parseOwnHub(flags, users) : { ...OF_THE_DEPLOYMENT, hub }),
    comparisons,
    memory: flags.memory === true,
    restart: flags.restart === true,
    ...(await parseBrowser(flags, extent.rounds)),
    arrivals: parseArrivals(arrivalsText),
    arrivalsText,
    seed: parseWholeNumber('--seed', flags.seed ?? '1', SEED),
    thresholds: await parseThresholds(flags, planned),
    failFast: flags['fail-fast'] === true,
    userPrefix,
    expressions: Object.freeze(assignExpressions(file, users)),
    expressionSource,
  });
}

function parseLimits(flags: BenchFlags): { readonly budgetMs: number; readonly timeoutMs: number } {
  const budgetMs = parseDurationMs('--budget', flags.budget);
  const timeoutMs = parseDurationMs('--timeout', flags.timeout);
  if (timeoutMs < budgetMs) {
    throw new UsageError(
      `--timeout ${flags.timeout} ends a user before the budget of ${flags.budget} is used up`,
      { hint: 'give --timeout at least the duration of --budget' },
    );
  }
  return { budgetMs, timeoutMs };
}

type OwnHub = Pick<BenchPlan, 'controller' | 'snapshot' | 'spawner' | 'hubConfig' | 'userNames'>;

async function parseOwnHub(flags: BenchFlags, users: number): Promise<OwnHub> {
  const spawner = parseSpawner(flags.spawner);
  if (flags.memory === true && isForeign(spawner)) {
    throw new UsageError(`--memory doesn't know which processes ${spawner} starts`, {
      hint: 'leave --memory out, or measure --spawner forkd, simple or local',
    });
  }
  const hubConfig = await findHubConfig(flags['hub-config']);
  const userNames = await parseUserNames(flags, users);
  return {
    ...{ controller: parseController(flags.controller), snapshot: flags.snapshot, spawner },
    ...(hubConfig !== undefined && { hubConfig }),
    ...(userNames !== undefined && { userNames }),
  };
}
