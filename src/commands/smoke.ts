import { BaseCommand } from '../cli/base-command.ts';
import { SILENT } from '../cli/progress.ts';
import { runPlans } from '../cli/run-plans.ts';
import { STACK_FLAGS, stackSettings } from '../cli/stack-flags.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { makeBenchPlan } from '../bench/plan/bench-plan.ts';
import { REPORTERS } from '../report/reporters.ts';
import Bench from './bench.ts';

const { budget, timeout, controller, snapshot, spawner, out } = Bench.flags;

export default class Smoke extends BaseCommand {
  static override readonly summary =
    'One user, one cell, one line of result: for a developer after a change.';

  static override readonly flags = {
    ...{ budget, timeout, controller, snapshot, spawner, out },
    ...STACK_FLAGS,
    'hub-config': Bench.flags['hub-config'],
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Smoke);
    const one = { users: '1', rounds: '1', expressions: undefined };
    const plan = await makeBenchPlan({ ...flags, ...one, snapshot: flags.snapshot });
    const [run] = await runPlans([plan], {
      out: flags.out,
      ...stackSettings(flags),
      progress: SILENT,
      report: async (finished) => {
        const lines = finished.map(({ record, path }) => REPORTERS.line(record, path));
        await this.show({ text: lines.join('\n') });
      },
    });
    process.exitCode = EXIT_CODES[run?.record.verdict ?? 'incomplete'].code;
  }
}
