import { UsageError } from '../faults/errors.ts';

/**
 * What a run is compared with, in the same run: the floor is a spawner that does nothing, with
 * servers that run already; the baseline is JupyterHub's own process spawner.
 */
export type Comparison = 'floor' | 'baseline';

interface ComparisonFlags {
  readonly floor?: boolean;
  readonly baseline?: boolean;
  readonly spawner: string;
}

export function parseComparisons({ floor, baseline, spawner }: ComparisonFlags): readonly Comparison[] {
  const wanted: Comparison[] = [
    ...(floor === true ? (['floor'] as const) : []),
    ...(baseline === true ? (['baseline'] as const) : []),
  ];
  if (wanted.length > 0 && spawner !== 'forkd') {
    throw new UsageError(`--${wanted.join(' and --')} cannot be measured with --spawner ${spawner}`, {
      hint: 'they are what ForkdSpawner is compared with: leave --spawner out',
    });
  }
  return wanted;
}
