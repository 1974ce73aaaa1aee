import { Flags } from '@oclif/core';

import { BaseCommand } from '../../cli/base-command.ts';
import { SNAPSHOT_FLAGS, snapshotRootOf } from '../../cli/parent-flags.ts';
import { listParents } from '../../parent/list-parents.ts';
import { parentTable } from '../../parent/parent-table.ts';

export default class ParentList extends BaseCommand {
  static override readonly summary = "List the snapshots in a controller's folder, and what is in them.";
  static override readonly examples = ['<%= config.bin %> parent list'];

  static override readonly flags = {
    ...SNAPSHOT_FLAGS,
    json: Flags.boolean({ summary: 'print the snapshots as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ParentList);
    const { 'snapshot-root': root } = flags;
    const parents = await listParents(snapshotRootOf(root), { isNamed: root !== undefined });
    await this.show({ text: parentTable(parents, new Date()), json: flags.json && JSON.stringify(parents) });
  }
}
