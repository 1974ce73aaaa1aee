import { Flags } from '@oclif/core';

import { BaseCommand } from '../../cli/base-command.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { dnatStatus } from '../../netns/dnat.ts';
import { namespaceTable } from '../../report/namespace-table.ts';
import { plainTable } from '../../report/plain-table.ts';
import { isReachable } from '../../results/namespace-status.ts';

export default class NetworkStatus extends BaseCommand {
  static override readonly summary =
    "Say for each of forkd's network namespaces whether the host reaches its microVM.";
  static override readonly description = "Ends with 3 where one of them can't be reached.";

  static override readonly flags = {
    json: Flags.boolean({ summary: 'print it as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(NetworkStatus);
    const statuses = await dnatStatus();
    this.log(flags.json ? JSON.stringify(statuses) : plainTable(namespaceTable(statuses)));
    process.exitCode = EXIT_CODES[statuses.every(isReachable) ? 'passed' : 'environment'].code;
  }
}
