import { Flags } from '@oclif/core';

import { BaseCommand } from '../cli/base-command.ts';
import { startProgress } from '../cli/progress.ts';
import { runPlan } from '../cli/run-plan.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { makeBenchPlan } from '../plan/bench-plan.ts';
import { REPORTERS } from '../report/reporters.ts';

export default class Bench extends BaseCommand {
  static override readonly summary =
    'Start servers for N users at once and judge the time to their first cell.';

  static override readonly flags = {
    users: Flags.string({ default: '5', summary: 'users at once, 1 to 1000' }),
    rounds: Flags.string({ default: '3', summary: 'judged rounds; a warm-up round comes on top' }),
    budget: Flags.string({ default: '1s', summary: 'time that every cell 1 must be done in' }),
    timeout: Flags.string({ default: '60s', summary: 'time after which a user is given up' }),
    controller: Flags.string({
      default: 'embedded',
      summary: "'embedded', or the URL of a forkd controller",
    }),
    'token-file': Flags.string({ summary: "file with the controller's token" }),
    snapshot: Flags.string({ summary: 'tag of the snapshot to fork' }),
    spawner: Flags.option({
      options: ['forkd', 'simple'] as const,
      default: 'forkd',
      summary: 'what starts the servers',
    })(),
    expressions: Flags.string({ summary: 'JSON file with the cells and their expected results' }),
    out: Flags.string({ default: 'bench-results', summary: 'folder for the record' }),
    json: Flags.boolean({ summary: 'print the record as JSON and nothing else' }),
    'keep-logs': Flags.boolean({ summary: 'leave the logs of hub and sandboxes where they are' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Bench);
    const { expressions, snapshot, out } = flags;
    const plan = await makeBenchPlan({ ...flags, expressions, snapshot });
    const progress = startProgress();
    const { record } = await runPlan(plan, {
      out,
      tokenFile: flags['token-file'],
      keepLogs: flags['keep-logs'],
      progress,
      report: (run) => {
        this.log(REPORTERS[flags.json ? 'json' : 'text'](run.record, run.path));
      },
    });
    process.exitCode = EXIT_CODES[record.verdict].code;
  }
}
