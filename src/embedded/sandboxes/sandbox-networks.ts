import { GUEST_ADDRESS } from '../../forkd/forkd-layout.ts';
import type { AddressPool } from './address-pool.ts';
import type { NamespacePair } from '../namespaces/namespace-layout.ts';
import type { NamespacePool } from '../namespaces/namespace-pool.ts';

/** Where a sandbox is on the network. */
export interface SandboxNetwork {
  readonly address: string;
  /** Undefined: the address is one of this host's own. */
  readonly namespaces: NamespacePair | undefined;
}

interface SandboxNetworksOptions {
  readonly addresses: AddressPool;
  /** Undefined: there are none, and who asks for one gets an address of this host. */
  readonly namespaces: NamespacePool | undefined;
}

/** Hands out networks, each to one sandbox at a time. */
export class SandboxNetworks {
  readonly #options: SandboxNetworksOptions;

  constructor(options: SandboxNetworksOptions) {
    this.#options = options;
  }

  take(count: number, perChildNetns: boolean): readonly SandboxNetwork[] {
    const { addresses, namespaces } = this.#options;
    if (!perChildNetns || namespaces === undefined) return addresses.take(count).map(onThisHost);
    const pairs = namespaces.take(count);
    if (pairs === undefined) {
      // forkd starts a microVM in a namespace that isn't there, and waits for its socket.
      throw new Error(
        `socket child-${count}.sock never appeared within 5s ` +
          `(fewer than ${count} of the controller's ${namespaces.size} network namespaces are free)`,
      );
    }
    return pairs.map((pair) => ({ address: GUEST_ADDRESS, namespaces: pair }));
  }

  /** Another network in place of one whose address somebody else has. */
  exchange(networks: readonly SandboxNetwork[]): readonly SandboxNetwork[] {
    const { addresses } = this.#options;
    addresses.changeBlock();
    const others = addresses.take(networks.length).map(onThisHost);
    for (const network of networks) this.release(network);
    return others;
  }

  release({ address, namespaces }: SandboxNetwork): void {
    if (namespaces === undefined) this.#options.addresses.release(address);
    else this.#options.namespaces?.release(namespaces);
  }
}

function onThisHost(address: string): SandboxNetwork {
  return { address, namespaces: undefined };
}
