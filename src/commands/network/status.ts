import { NetworkCommand } from '../../cli/network-command.ts';
import { dnatStatus } from '../../network/dnat.ts';

export default class NetworkStatus extends NetworkCommand {
  static override readonly summary =
    "Say for each of forkd's network namespaces whether the host reaches its microVM.";
  static override readonly description = "Ends with 3 where one of them can't be reached.";

  protected override act = dnatStatus;
}
