/**
 * forkd's layout of the network: every guest is 10.42.0.2 behind a tap of this name. Both are kept
 * in a snapshot, so a parent that is built elsewhere could not be forked.
 */
export const TAP = 'forkd-tap0';
export const HOST_ADDRESS = '10.42.0.1';
export const GUEST_ADDRESS = '10.42.0.2';
export const GUEST_MAC = 'AA:FC:00:00:00:01';
