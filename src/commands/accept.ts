import { Flags, type Interfaces } from '@oclif/core';

import { judgeAcceptance } from '../verdict/judge.ts';
import type { StoredRun } from '../bench/run/measure.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { startProgress } from '../cli/progress.ts';
import { publishAcceptance } from '../cli/publish-acceptance.ts';
import { withRunIo } from '../cli/run-io.ts';
import { STACK_FLAGS, stackSettings } from '../cli/stack-flags.ts';
import { UsageError } from '../faults/errors.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { makeBenchPlan } from '../bench/plan/bench-plan.ts';
import { acceptanceChecklist } from '../accept/checklist.ts';
import { readRecord } from '../record/read-record.ts';
import { BENCH_FLAGS } from '../cli/bench-flags.ts';

const { rounds, budget, timeout, controller, snapshot, expressions, out } = BENCH_FLAGS;

export default class Accept extends BaseCommand {
  static override readonly summary = 'The acceptance gate: named criteria, each with its evidence.';
  static override readonly description =
    'Installs the spawner with pip, measures as bench does, looks into every server for what clones must not share, sends its kernel forged messages, kills the hub and starts it again, and looks for what is left.';
  static override readonly examples = [
    '<%= config.bin %> accept --junit accept.xml',
    '<%= config.bin %> accept --controller http://127.0.0.1:8889 --token-file /etc/forkd/token',
    '<%= config.bin %> accept --from bench-results/RECORD.json',
  ];

  static override readonly flags = {
    users: Flags.string({ default: '5', summary: 'users at once, 2 to 1000: one alone is always unique' }),
    ...{
      rounds,
      budget,
      timeout,
      controller,
      snapshot,
      expressions,
    },
    from: Flags.string({ summary: 'judge this record again, and run nothing' }),
    junit: Flags.string({ summary: 'file for the criteria as JUnit XML' }),
    out,
    json: Flags.boolean({ summary: 'print the record as JSON and nothing else' }),
    ...STACK_FLAGS,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Accept);
    const judged = flags.from === undefined ? await run(flags) : await judgeStored(flags.from);
    const { record, path } = judged;
    await this.show({ text: acceptanceChecklist(record, path), json: flags.json && JSON.stringify(record) });
    await publishAcceptance(record, flags.junit);
    if (judged.unstored !== undefined) throw judged.unstored;
    process.exitCode = EXIT_CODES[record.verdict].code;
  }
}

/** Judges a stored run by the budget that it was run with: another budget would be another run's. */
async function judgeStored(path: string): Promise<StoredRun> {
  return { record: judgeAcceptance(await readRecord(path)), path };
}

async function run(flags: Interfaces.InferredFlags<typeof Accept.flags>): Promise<StoredRun> {
  const plan = await makeBenchPlan({
    ...{ ...flags, spawner: 'forkd', restart: true },
    snapshot: flags.snapshot,
    expressions: flags.expressions,
  });
  if (plan.users < 2) {
    throw new UsageError('--users must be at least 2: one user alone is always unique');
  }
  const { runAcceptance } = await import('../accept/run-acceptance.ts');
  return withRunIo({ ...stackSettings(flags), out: flags.out }, startProgress(), async (io) => {
    const accepted = await runAcceptance(plan, io);
    io.signal.throwIfAborted();
    return accepted;
  });
}
