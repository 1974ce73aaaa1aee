import {
  GATEWAY_ADDRESS,
  GUEST_ADDRESS,
  HOST_ADDRESS,
  NAMESPACE_FOLDER,
  TAP,
} from '../../forkd/forkd-layout.ts';

/** The bridge of all namespaces of a host, as forkd calls it. */
const BRIDGE = 'forkd-br0';

/** The namespace that forkd has for a microVM, and the one that stands for the microVM. */
export interface NamespacePair {
  readonly number: number;
  /** The row's `netns`. */
  readonly child: string;
  readonly guest: string;
}

export function namespacePair(number: number): NamespacePair {
  return { number, child: `forkd-child-${number}`, guest: `forkd-guest-${number}` };
}

// One at a time on a host: which numbers are free, and whether anybody is left on the bridge, must
// stay true until it has been acted upon. What is locked is the host's network itself.
const TAKE_TURNS = `
exec 9</proc/self/ns/net
flock 9
`;

// Whoever leaves the bridge as the last removes it, if one of us has made it.
const OURS = 'made by forkd-spawner';

/**
 * A shell script: makes $1 pairs and writes their numbers to the file $2. What a number names is
 * made only if nobody has it, and is in the file from then on.
 *
 * ref: forkd's scripts/netns-setup.sh; a veth pair is in the place of its tap. Left out is the way from
 * the bridge to the internet: neither the host's firewall nor its routing is touched.
 */
export const LAY_OUT = `
set -e
${TAKE_TURNS}
# The controller may have been killed, and its traces removed, while this waited for its turn.
[ -d "\${2%/*}" ]

if [ ! -e /sys/class/net/${BRIDGE} ]; then
  ip -batch - <<END
link add ${BRIDGE} type bridge
link set ${BRIDGE} alias "${OURS}"
address add ${HOST_ADDRESS}/16 dev ${BRIDGE}
link set ${BRIDGE} up
END
fi

k=0
made=0
while [ "$made" -lt "$1" ]; do
  k=$((k + 1))
  [ ! -e "${NAMESPACE_FOLDER}/forkd-child-$k" ] || continue
  [ ! -e "${NAMESPACE_FOLDER}/forkd-guest-$k" ] || continue
  [ ! -e "/sys/class/net/forkd-v-\${k}h" ] || continue
  ip netns add "forkd-child-$k"
  echo "$k" >>"$2"
  made=$((made + 1))
  outside="10.43.$(((k + 1) / 256)).$(((k + 1) % 256))"

  ip -batch - <<END
netns add forkd-guest-$k
link add ${TAP} netns forkd-child-$k type veth peer name eth0 netns forkd-guest-$k
link add forkd-v-\${k}h master ${BRIDGE} type veth peer name veth0 netns forkd-child-$k
link set forkd-v-\${k}h up
END
  ip -netns "forkd-child-$k" -batch - <<END
link set lo up
address add ${GATEWAY_ADDRESS}/24 dev ${TAP}
link set ${TAP} up
address add $outside/16 dev veth0
link set veth0 up
route add default via ${HOST_ADDRESS}
END
  ip -netns "forkd-guest-$k" -batch - <<END
link set lo up
address add ${GUEST_ADDRESS}/24 dev eth0
link set eth0 up
route add default via ${GATEWAY_ADDRESS}
END
  ip netns exec "forkd-child-$k" sh -ec '
    echo 1 >/proc/sys/net/ipv4/ip_forward
    if command -v nft >/dev/null; then
      nft "add table ip forkd; add chain ip forkd postrouting { type nat hook postrouting priority srcnat; };
        add rule ip forkd postrouting ip saddr 10.42.0.0/24 oifname veth0 snat to $1"
    else
      iptables -t nat -A POSTROUTING -s 10.42.0.0/24 -o veth0 -j SNAT --to-source "$1"
    fi' sh "$outside"
done
`;

/** A shell script: removes the pairs whose numbers are in the file $1, and the file. */
export const REMOVE = `
${TAKE_TURNS}
while read -r k; do
  # By itself it would go with its namespace, but some time later.
  ip link delete "forkd-v-\${k}h"
  ip netns delete "forkd-child-$k"
  ip netns delete "forkd-guest-$k"
done 2>/dev/null <"$1"
rm -f "$1"
if [ "$(cat /sys/class/net/${BRIDGE}/ifalias 2>/dev/null)" = "${OURS}" ] &&
  [ -z "$(ls /sys/class/net/${BRIDGE}/brif)" ]; then
  ip link delete ${BRIDGE}
fi
`;
