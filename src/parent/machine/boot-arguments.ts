import { GATEWAY_ADDRESS, GUEST_ADDRESS } from '../../forkd/forkd-layout.ts';
import type { ParentPlan } from '../parent-plan.ts';

const MS_PER_S = 1000;

/** The command line of the guest's kernel; words with `forkd.` are read by our own PID 1. */
export function bootArguments(
  plan: Pick<ParentPlan, 'sizes' | 'timeZone' | 'nameserver' | 'warmTimeoutMs' | 'environment'>,
): string {
  return [
    ...['console=ttyS0', 'reboot=k', 'panic=1', 'pci=off', 'loglevel=3'],
    // All children share the disk: one that wrote to it would corrupt the others'.
    ...['root=/dev/vda', 'ro', 'init=/sbin/forkd-init'],
    // Without, early random numbers wait for a source that a microVM doesn't have.
    'random.trust_cpu=on',
    `ip=${GUEST_ADDRESS}::${GATEWAY_ADDRESS}:255.255.255.0::eth0:off`,
    `forkd.time_zone=${plan.timeZone}`,
    ...(plan.nameserver === undefined ? [] : [`forkd.nameserver=${plan.nameserver}`]),
    ...plan.sizes.map((size) => `forkd.size=${size}`),
    // A parent with more threads than one could not be forked.
    'forkd.env=OPENBLAS_NUM_THREADS=1',
    // Whoever gives a slow machine longer to warm up gives it longer for each step, too.
    `forkd.env=FORKD_REHEARSAL_TIMEOUT_S=${Math.ceil(plan.warmTimeoutMs / MS_PER_S)}`,
    ...plan.environment.map((variable) => `forkd.env=${variable}`),
  ].join(' ');
}
