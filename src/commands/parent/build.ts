import { BaseCommand } from '../../cli/base-command.ts';
import { buildWithProgress } from '../../cli/build-with-progress.ts';
import { BUILD_FLAGS, makeParentPlan } from '../../cli/parent-flags.ts';
import { parentSummary } from '../../parent/parent-table.ts';

export default class ParentBuild extends BaseCommand {
  static override readonly summary = 'Build the Jupyter parent of microVMs and snapshot it when it is warm.';
  static override readonly description =
    "For a host with KVM and forkd, as root. Makes a root disk (one that was made of the same inputs is used again), boots it under Firecracker, waits until the guest says that it is warm, and puts its snapshot into the controller's folder.";
  static override readonly examples = [
    '<%= config.bin %> parent build --kernel /var/lib/forkd/kernels/vmlinux',
    '<%= config.bin %> parent build --kernel vmlinux --requirements course.txt --size /home=1g --memory 2048',
  ];

  static override readonly flags = BUILD_FLAGS;

  override async run(): Promise<void> {
    const { flags } = await this.parse(ParentBuild);
    const record = await buildWithProgress(makeParentPlan(flags), { rebuild: false });
    await this.show({ text: parentSummary(record), json: flags.json && JSON.stringify(record) });
  }
}
