import { type Area, type Finding, notChecked, notReady, ready } from './check.ts';
import { type Inspection, SANDBOX_LIMIT_MIB } from './inspection.ts';
import { unlessForbidden } from './network-area.ts';

/** Twice the limit, all of it written to. */
const GREED = `bytearray(b"x") * (${2 * SANDBOX_LIMIT_MIB} << 20)`;

export const CGROUPS_AREA: Area = {
  name: 'cgroups',
  checks: [
    // Last: it ends a process of the sandbox.
    {
      ...{ name: 'memory limit', needs: ['sandbox'], required: false },
      look: unlessForbidden(lookAtMemoryLimit),
    },
  ],
};

async function lookAtMemoryLimit(inspection: Inspection): Promise<Finding> {
  if (!inspection.isEmbedded) return notChecked('the limit of a microVM is not tried: it would end the VM');
  const { memory_limits: limits } = await inspection.version();
  if (limits !== 'enforced') {
    return notReady(
      'a mem_limit would not be enforced',
      'run as root (sudo), on a system with memory cgroups that can be written to',
    );
  }
  const { exit_code: exitCode } = await inspection.exec([await inspection.guestPython(), '-c', GREED]);
  if (exitCode !== 0) return ready(`a process that took twice ${SANDBOX_LIMIT_MIB} MiB was ended`);
  return notReady(
    `a process took twice ${SANDBOX_LIMIT_MIB} MiB`,
    'mount the memory cgroup: cat /sys/fs/cgroup/cgroup.controllers',
  );
}
