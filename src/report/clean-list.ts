import type { Cleaned } from '../results/remnant.ts';

/** One line for each thing that was found, and what it comes to. */
export function cleanList(cleaned: readonly Cleaned[]): string {
  if (cleaned.length === 0) return 'nothing to clean';
  return [...cleaned.map(describe), closing(cleaned)].join('\n');
}

function describe({ outcome, kind, path, sizeMib, reason, inUse, failure }: Cleaned): string {
  const size = kind === 'cgroup' ? '' : `, ${sizeMib} MiB`;
  return `${outcome}: ${kind} ${path}${size} (${failure ?? inUse ?? reason})`;
}

function closing(cleaned: readonly Cleaned[]): string {
  const outcomes = [...new Set(cleaned.map(({ outcome }) => outcome))];
  const counts = outcomes.map((outcome) => {
    const ones = cleaned.filter((one) => one.outcome === outcome);
    const sizeMib = ones.reduce((total, one) => total + one.sizeMib, 0);
    return `${ones.length} ${outcome} (${sizeMib} MiB)`;
  });
  return counts.join(', ');
}
