import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { startProgress } from '../cli/progress.ts';
import { STACK_FLAGS, stackSettings } from '../cli/stack-flags.ts';
import { withRunIo } from '../cli/run-io.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { makeBenchPlan } from '../bench/plan/bench-plan.ts';
import { BENCH_FLAGS } from '../cli/bench-flags.ts';

const { timeout, controller, snapshot, expressions } = BENCH_FLAGS;

/** A profile has no budget: whatever is done before the time-out is looked into. */
const UNJUDGED = { budget: '1ms', rounds: '1', spawner: 'forkd' } as const;

export default class Profile extends BaseCommand {
  static override readonly summary = 'Show where the time of one start goes, on every side.';
  static override readonly description =
    'Hub, spawner, controller, guest and client measure themselves on one clock; one start comes first as a warm-up.';
  static override readonly examples = [
    '<%= config.bin %> profile',
    '<%= config.bin %> profile --users 5 --trace five.trace.json',
  ];

  static override readonly flags = {
    users: Flags.string({ default: '1', summary: 'users at once; the slowest one is shown' }),
    ...{ timeout, controller, snapshot, expressions },
    trace: Flags.string({ summary: 'file for Perfetto or chrome://tracing (default: one in --out)' }),
    out: Flags.string({ default: 'bench-results', summary: 'folder for the trace file' }),
    json: Flags.boolean({ summary: 'print the profile as JSON and nothing else' }),
    ...STACK_FLAGS,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Profile);
    const plan = await makeBenchPlan({
      ...{ ...flags, ...UNJUDGED },
      snapshot: flags.snapshot,
      expressions: flags.expressions,
    });
    const { runProfile } = await import('../profile/run-profile.ts');
    const { profileText } = await import('../profile/profile-text.ts');
    const { profile, path, unstored } = await withRunIo(
      { ...stackSettings(flags), out: flags.out },
      startProgress(),
      (io) => runProfile(plan, io, flags.trace),
    );
    await this.show({
      text: profileText(profile, path),
      json: flags.json && JSON.stringify({ ...profile, trace: unstored === undefined ? path : null }),
    });
    if (unstored !== undefined) throw unstored;
    process.exitCode = EXIT_CODES[profile.verdict].code;
  }
}
