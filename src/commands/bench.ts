import { BENCH_FLAGS } from '../cli/bench-flags.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { confirmLoad } from '../cli/confirm-load.ts';
import { startProgress } from '../cli/progress.ts';
import { requireFinished, withRunIo } from '../cli/run-io.ts';
import type { StoredRun } from '../bench/run/measure.ts';
import { stackSettings } from '../cli/stack-flags.ts';
import { EXIT_CODES } from '../faults/exit-codes.ts';
import { worstVerdict } from '../verdict/judge.ts';
import { makeBenchPlans } from '../bench/plan/bench-plan.ts';
import { REPORTERS } from '../report/reporters.ts';
import { runsText } from '../report/runs-text.ts';

export default class Bench extends BaseCommand {
  static override readonly summary =
    'Start servers for N users at once and judge the time to their first cell.';

  static override readonly flags = BENCH_FLAGS;

  override async run(): Promise<void> {
    const { flags } = await this.parse(Bench);
    const { expressions, snapshot } = flags;
    const plans = await makeBenchPlans({ ...flags, expressions, snapshot });
    const settings = { ...stackSettings(flags), out: flags.out };
    await confirmLoad(plans, flags.yes);
    // The kernel's client takes long to load: help and wrong usage need not wait for it.
    const { runPlans } = await import('../bench/run/run-plans.ts');
    const verdicts = await withRunIo(settings, startProgress(), async (io) => {
      const runs = await runPlans(plans, io);
      await io.endProgress();
      await this.#report(runs, flags.json);
      requireFinished(runs, io);
      return runs.map(({ record }) => record.verdict);
    });
    process.exitCode = EXIT_CODES[worstVerdict(verdicts)].code;
  }

  async #report(runs: readonly StoredRun[], json: boolean): Promise<void> {
    if (runs.length === 0) return;
    const lines = runs.map(({ record, path }) => REPORTERS.json(record, path));
    await this.show({ text: runsText(runs), json: json && lines.join('\n') });
  }
}
