import { NetworkCommand } from '../../cli/network-command.ts';
import { dnatDown } from '../../network/dnat.ts';

export default class NetworkDown extends NetworkCommand {
  static override readonly summary = 'Remove the rules that network up has made.';
  static override readonly description = "Rules that it didn't make stay as they are.";

  protected override readonly wantsReachable = false;

  protected override act = dnatDown;
}
