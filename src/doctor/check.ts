import type { Inspection } from './inspection.ts';

/** What one look has shown. `found` and `mend` are for people: a value, and a command or a sentence. */
export type Finding =
  | { readonly status: 'ready' | 'not checked'; readonly found: string }
  | { readonly status: 'not ready'; readonly found: string; readonly mend: string };

/** One row of the doctor's table, before it is looked at. */
export interface Check {
  readonly name: string;
  /** Names of checks without which this one would only repeat their failure. */
  readonly needs?: readonly string[];
  /** Default: runs are impossible without it. */
  readonly required?: boolean;
  /** An expected failure may be thrown, too: its hint is what mends it. */
  look(inspection: Inspection): Finding | Promise<Finding>;
}

/** The checks of one part of the machine, in the order in which they are made. */
export interface Area {
  readonly name: string;
  readonly checks: readonly Check[];
}

export function ready(found: string): Finding {
  return { status: 'ready', found };
}

export function notReady(found: string, mend: string): Finding {
  return { status: 'not ready', found, mend };
}

export function notChecked(found: string): Finding {
  return { status: 'not checked', found };
}
