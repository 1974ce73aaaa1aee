import { Flags } from '@oclif/core';

import { EXIT_CODES } from '../faults/exit-codes.ts';
import { plainTable } from '../text/plain-table.ts';
import { isReachable, namespaceTable, type NamespaceStatus } from '../network/namespace-status.ts';
import { BaseCommand } from './base-command.ts';

/** What `network up`, `status` and `down` have in common: each tells how the namespaces are afterwards. */
export abstract class NetworkCommand extends BaseCommand {
  static override readonly flags = {
    json: Flags.boolean({ summary: 'print it as JSON and nothing else' }),
  };

  /** Whether every namespace is to lead to its microVM in the end. */
  protected readonly wantsReachable: boolean = true;

  protected abstract act(): Promise<readonly NamespaceStatus[]>;

  override async run(): Promise<void> {
    const { flags } = await this.parse(NetworkCommand);
    const statuses = await this.act();
    await this.show({
      text: plainTable(namespaceTable(statuses)),
      json: flags.json && JSON.stringify(statuses),
    });
    const fine = !this.wantsReachable || statuses.every(isReachable);
    process.exitCode = EXIT_CODES[fine ? 'passed' : 'environment'].code;
  }
}
