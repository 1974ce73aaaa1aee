import { BaseCommand } from '../cli/base-command.ts';
import { SILENT } from '../cli/progress.ts';
import { requireFinished, withRunIo } from '../cli/run-io.ts';
import { STACK_FLAGS, stackSettings } from '../cli/stack-flags.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { makeBenchPlan } from '../bench/plan/bench-plan.ts';
import { REPORTERS } from '../report/reporters.ts';
import { worstVerdict } from '../verdict/judge.ts';
import { BENCH_FLAGS } from '../cli/bench-flags.ts';

const { budget, timeout, controller, snapshot, spawner, out } = BENCH_FLAGS;

export default class Smoke extends BaseCommand {
  static override readonly summary =
    'One user, one cell, one line of result: for a developer after a change.';

  static override readonly flags = {
    ...{ budget, timeout, controller, snapshot, spawner, out },
    ...STACK_FLAGS,
    'hub-config': BENCH_FLAGS['hub-config'],
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Smoke);
    const one = { users: '1', rounds: '1', expressions: undefined };
    const plan = await makeBenchPlan({ ...flags, ...one, snapshot: flags.snapshot });
    const { runPlans } = await import('../bench/run/run-plans.ts');
    const verdicts = await withRunIo({ ...stackSettings(flags), out: flags.out }, SILENT, async (io) => {
      const runs = await runPlans([plan], io);
      for (const { record, path } of runs) await this.show({ text: REPORTERS.line(record, path) });
      requireFinished(runs, io);
      return runs.map(({ record }) => record.verdict);
    });
    process.exitCode = EXIT_CODES[worstVerdict(verdicts)].code;
  }
}
