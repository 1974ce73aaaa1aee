import { Flags } from '@oclif/core';

import { BaseCommand } from '../../cli/base-command.ts';
import { dnatDown } from '../../netns/dnat.ts';
import { namespaceTable } from '../../report/namespace-table.ts';
import { plainTable } from '../../report/plain-table.ts';

export default class NetworkDown extends BaseCommand {
  static override readonly summary = 'Remove the rules that network up has made.';
  static override readonly description = "Rules that it didn't make stay as they are.";

  static override readonly flags = {
    json: Flags.boolean({ summary: 'print it as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(NetworkDown);
    const statuses = await dnatDown();
    this.log(flags.json ? JSON.stringify(statuses) : plainTable(namespaceTable(statuses)));
  }
}
