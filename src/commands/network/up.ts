import { NetworkCommand } from '../../cli/network-command.ts';
import { dnatUp } from '../../network/dnat.ts';

export default class NetworkUp extends NetworkCommand {
  static override readonly summary =
    "Have the kernel hand connections from the host on to forkd's microVMs (network = 'dnat').";
  static override readonly description =
    'One table of rules, ip forkd_spawner, in each network namespace forkd-child-*; asked again, it makes them anew. Needs root, iproute2 and nftables. Namespaces that are made later need it again.';

  protected override act = dnatUp;
}
