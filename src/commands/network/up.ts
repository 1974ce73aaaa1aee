import { Flags } from '@oclif/core';

import { BaseCommand } from '../../cli/base-command.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { dnatUp } from '../../netns/dnat.ts';
import { namespaceTable } from '../../report/namespace-table.ts';
import { plainTable } from '../../report/plain-table.ts';
import { isReachable } from '../../results/namespace-status.ts';

export default class NetworkUp extends BaseCommand {
  static override readonly summary =
    "Have the kernel hand connections from the host on to forkd's microVMs (network = 'dnat').";
  static override readonly description =
    'One table of rules, ip forkd_spawner, in each network namespace forkd-child-*; asked again, it makes them anew. Needs root, iproute2 and nftables. Namespaces that are made later need it again.';

  static override readonly flags = {
    json: Flags.boolean({ summary: 'print it as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(NetworkUp);
    const statuses = await dnatUp();
    this.log(flags.json ? JSON.stringify(statuses) : plainTable(namespaceTable(statuses)));
    process.exitCode = EXIT_CODES[statuses.every(isReachable) ? 'passed' : 'environment'].code;
  }
}
