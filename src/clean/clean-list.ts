import type { Cleaned } from './remnant.ts';
import { onOneLine } from '../text/printable.ts';

/** One line for each thing that was found, and what it comes to. */
export function cleanList(cleaned: readonly Cleaned[]): string {
  if (cleaned.length === 0) return 'nothing to clean';
  return [...cleaned.map(describe), closing(cleaned)].join('\n');
}

function describe(cleaned: Cleaned): string {
  const { outcome, kind, reason, inUse, failure } = cleaned;
  return `${outcome}: ${kind} ${nameOf(cleaned)} (${onOneLine(failure ?? inUse ?? reason)})`;
}

function nameOf(cleaned: Cleaned): string {
  switch (cleaned.kind) {
    case 'environment':
    case 'folder':
    case 'run':
      return `${cleaned.path}, ${cleaned.sizeMib} MiB`;
    case 'cgroup':
      return cleaned.path;
    case 'microVM':
      return `${cleaned.pid} in ${cleaned.namespace}`;
  }
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
