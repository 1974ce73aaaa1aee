import { Args, Flags } from '@oclif/core';

import { warningsOf } from '../verdict/warnings.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { UsageError } from '../faults/errors.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { parseDurationMs, parseWholeNumber } from '../bench/plan/flag-values.ts';
import { recordsComparisonText } from '../report/text/records-comparison-text.ts';
import { readRecord } from '../record/read-record.ts';
import type { Margins } from '../stats/compare-figure.ts';
import { compareRecords, DEFAULT_MARGINS } from '../stats/compare-records.ts';
import { checkComparability } from '../stats/comparability.ts';

const PERCENT = { min: 0, max: 100 };

export default class Compare extends BaseCommand {
  static override readonly summary = 'Say whether the second of two recorded runs is slower or faster.';
  static override readonly description =
    "Each stage by itself, round by round: a rank test, an interval, and margins below which a difference doesn't matter. Ends with 1 if the second run is slower, else with 0.";
  static override readonly examples = [
    '<%= config.bin %> compare bench-results/before.json bench-results/after.json',
  ];

  static override readonly args = {
    first: Args.string({ required: true, description: 'record of the run to compare with' }),
    second: Args.string({ required: true, description: 'record of the run to judge' }),
  };

  static override readonly flags = {
    margin: Flags.string({
      default: `${DEFAULT_MARGINS.absoluteMs}ms`,
      summary: 'a smaller difference does not matter',
    }),
    'margin-percent': Flags.string({
      default: `${DEFAULT_MARGINS.relative * 100}`,
      summary: "nor does one below this share of the first run's figure",
    }),
    json: Flags.boolean({ summary: 'print the comparison as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Compare);
    const margins = parseMargins(flags.margin, flags['margin-percent']);
    const [first, second] = await Promise.all([readRecord(args.first), readRecord(args.second)]);
    const { obstacles, warnings: differing } = checkComparability(first, second);
    refuse(obstacles);
    const warnings = [
      ...differing,
      ...warningsOf(first).map((text) => `first run: ${text}`),
      ...warningsOf(second).map((text) => `second run: ${text}`),
    ];
    const comparison = compareRecords(first, second, margins);
    const sources = [
      { path: args.first, record: first },
      { path: args.second, record: second },
    ] as const;
    const text = recordsComparisonText(...sources, { comparison, warnings });
    await this.show({ text: text, json: flags.json && JSON.stringify({ ...comparison, warnings }) });
    process.exitCode = EXIT_CODES[comparison.verdict === 'slower' ? 'failed' : 'passed'].code;
  }
}

function parseMargins(margin: string, percent: string): Margins {
  const absoluteMs = parseDurationMs('--margin', margin);
  return { absoluteMs, relative: parseWholeNumber('--margin-percent', percent, PERCENT) / 100 };
}

function refuse(obstacles: readonly string[]): void {
  if (obstacles.length === 0) return;
  throw new UsageError(`the two runs cannot be compared: ${obstacles.join('; ')}`, {
    hint: 'compare runs of one plan on one kind of backend, with users that got through',
  });
}
