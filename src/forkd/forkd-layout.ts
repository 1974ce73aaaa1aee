/**
 * How forkd lays out the network: each microVM is in a namespace of its own, at the same address
 * behind a tap of the same name. All of it is kept in snapshots, so none of it is ours to choose.
 * ref: forkd's scripts/netns-setup.sh
 */
export const GUEST_ADDRESS = '10.42.0.2';
/** The namespace's end of the tap: the guest's gateway. */
export const GATEWAY_ADDRESS = '10.42.0.1';
/** The host's, on the bridge that all namespaces are linked to. */
export const HOST_ADDRESS = '10.43.0.1';
export const TAP = 'forkd-tap0';
/** Where iproute2 keeps namespaces that have a name. */
export const NAMESPACE_FOLDER = '/run/netns';
