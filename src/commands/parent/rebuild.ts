import { BaseCommand } from '../../cli/base-command.ts';
import { buildWithProgress } from '../../cli/build-with-progress.ts';
import { BUILD_FLAGS, makeParentPlan } from '../../cli/parent-flags.ts';
import { parentSummary } from '../../parent/parent-table.ts';

export default class ParentRebuild extends BaseCommand {
  static override readonly summary =
    'Build the parent anew, root disk included, in place of the one that is there.';
  static override readonly description =
    'As build, for newer packages. The old snapshot stays until the new one is whole; microVMs that were forked from it go on.';
  static override readonly examples = [
    '<%= config.bin %> parent rebuild --kernel /var/lib/forkd/kernels/vmlinux',
  ];

  static override readonly flags = BUILD_FLAGS;

  override async run(): Promise<void> {
    const { flags } = await this.parse(ParentRebuild);
    const record = await buildWithProgress(makeParentPlan(flags), { rebuild: true });
    await this.show({ text: parentSummary(record), json: flags.json && JSON.stringify(record) });
  }
}
