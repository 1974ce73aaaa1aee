import { Flags } from '@oclif/core';

import { BaseCommand } from '../../cli/base-command.ts';
import { CREATE_LOCK_FOLDER } from '../../cli/create-lock-flag.ts';
import { pathFlag } from '../../cli/path-flag.ts';
import { startProgress } from '../../cli/progress.ts';
import { withInterruption } from '../../cli/with-interruption.ts';
import { EXIT_CODES } from '../../faults/exit-codes.ts';
import { parseAddress, parseDurationMs } from '../../bench/plan/flag-values.ts';
import { verifyParent } from '../../parent/verify-parent.ts';
import { verifiedList } from '../../parent/verified.ts';

export default class ParentVerify extends BaseCommand {
  static override readonly summary = 'Fork one child of a snapshot, look at it and delete it.';
  static override readonly description =
    'The fork takes turns with those of hubs on this machine: two that overlap may be given one network namespace. Not while a hub elsewhere starts servers on the same controller.';
  static override readonly examples = [
    '<%= config.bin %> parent verify --tag jupyter --controller http://127.0.0.1:8889 --token-file /etc/forkd/token',
  ];

  static override readonly flags = {
    tag: Flags.string({ default: 'jupyter', summary: 'tag of the snapshot' }),
    controller: Flags.string({ default: 'http://127.0.0.1:8889', summary: 'URL of the forkd controller' }),
    'token-file': pathFlag({ summary: 'file with its bearer token' }),
    'create-lock-folder': CREATE_LOCK_FOLDER,
    timeout: Flags.string({ default: '30s', summary: 'time that the child may take to answer' }),
    json: Flags.boolean({ summary: 'print what was found as JSON and nothing else' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ParentVerify);
    const controller = parseAddress('--controller', flags.controller);
    const answerTimeoutMs = parseDurationMs('--timeout', flags.timeout);
    const progress = startProgress();
    const verified = await withInterruption(async (signal) =>
      verifyParent({
        ...{ tag: flags.tag, controller, tokenFile: flags['token-file'], answerTimeoutMs, signal },
        lockFolder: flags['create-lock-folder'],
        ownVersion: this.config.version,
        onProgress: progress.update.bind(progress),
      }),
    ).finally(() => progress.end());
    await this.show({ text: verifiedList(verified), json: flags.json && JSON.stringify(verified) });
    const passed = verified.every((one) => one.passed);
    process.exitCode = EXIT_CODES[passed ? 'passed' : 'failed'].code;
  }
}
