import { basename } from 'node:path';

import { UsageError } from '../../faults/errors.ts';
import { readRecord } from '../../record/read-record.ts';
import type { Threshold } from '../../record/run-record.ts';
import { completeRounds } from '../../stats/round-figures.ts';
import { minSamples } from '../../stats/statistics.ts';
import type { Extent } from './extent.ts';
import { parseThreshold, type TypedThreshold } from './threshold-grammar.ts';

interface ThresholdFlags {
  readonly threshold?: readonly string[] | undefined;
  readonly 'warn-threshold'?: readonly string[] | undefined;
}

/** What a threshold can be held against. */
interface Planned extends Extent {
  readonly users: number;
  readonly spawner: string;
  readonly expressions: string;
}

/** The thresholds of a run, those relative to a record resolved to milliseconds before anything is started. */
export async function parseThresholds(
  flags: ThresholdFlags,
  planned: Planned,
): Promise<readonly Threshold[]> {
  const typed = [
    ...(flags.threshold ?? []).map((text) => parseThreshold('--threshold', text, 'fail')),
    ...(flags['warn-threshold'] ?? []).map((text) => parseThreshold('--warn-threshold', text, 'warn')),
  ];
  for (const threshold of typed) refuseTooFewSamples(threshold, planned);
  return Promise.all(
    typed.map(async ({ limit, ...threshold }) => ({
      ...threshold,
      // Records hold no machine paths.
      text: limit.kind === 'absolute' ? threshold.text : withoutFolder(threshold.text, limit.baseline),
      limitMs: limit.kind === 'absolute' ? limit.ms : await relativeLimit(threshold, limit, planned),
    })),
  );
}

function withoutFolder(text: string, path: string): string {
  return text.replace(path, () => basename(path));
}

/**
 * Nobody knows the number of rounds where there is a duration: too few samples then leave the
 * threshold open.
 */
function refuseTooFewSamples(
  { text, statistic, figure }: TypedThreshold,
  { users, rounds, durationMs }: Planned,
): void {
  if (durationMs !== undefined) return;
  const needed = minSamples(statistic);
  const perRound = figure === 'slowestCell1Ms' ? 1 : users;
  if (perRound * rounds >= needed) return;
  throw new UsageError(
    `the threshold '${text}' needs ${needed} samples; ${rounds} rounds with ${perRound} each give ${perRound * rounds}`,
    { hint: `give --rounds ${Math.ceil(needed / perRound)}, or set the threshold on p50 or max` },
  );
}

async function relativeLimit(
  { text, figure, statistic }: Pick<Threshold, 'text' | 'figure' | 'statistic'>,
  { factor, baseline }: { readonly factor: number; readonly baseline: string },
  planned: Planned,
): Promise<number> {
  const { plan, summary, rounds } = await readRecord(baseline);
  const differing = (['users', 'spawner', 'expressions'] as const).filter(
    (key) => plan[key] !== planned[key],
  );
  if (differing.length > 0) {
    const values = differing.map((key) => `${key}: ${plan[key]} there, ${planned[key]} here`).join('; ');
    throw new UsageError(`the threshold '${text}' is relative to a run of another plan: ${values}`, {
      hint: 'give it a record of the same plan',
    });
  }
  const valueMs = completeRounds(rounds).length > 0 ? summary[figure]?.[statistic] : undefined;
  if (valueMs !== undefined) return factor * valueMs;
  throw new UsageError(`the threshold '${text}' is relative to a figure that ${baseline} doesn't have`, {
    hint: 'set it on another statistic, or give it a record with more complete rounds',
  });
}
