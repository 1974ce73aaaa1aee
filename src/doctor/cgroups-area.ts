import { readFile } from 'node:fs/promises';

import { isOnThisMachine } from '../bench/plan/flag-values.ts';
import { type Area, type Finding, notChecked, notReady, ready } from './check.ts';
import { type Inspection, SANDBOX_LIMIT_MIB } from './inspection.ts';
import { unlessForbidden } from './network-area.ts';

const MIB = 2 ** 20;

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
  if (!(await inspection.forksProcesses())) return lookAtCgroupOfMachine(inspection);
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

/** The limit of a microVM is not tried, which would end it, but read: forkd's word for it is worth nothing. */
async function lookAtCgroupOfMachine({ options, sandbox }: Inspection): Promise<Finding> {
  if (!isOnThisMachine(options.controller)) return notChecked('the controller is on another machine');
  const { pid } = await sandbox();
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  const group = /^0::(.*)$/m.exec(groups)?.[1] ?? '';
  const limit = await readFile(`/sys/fs/cgroup${group}/memory.max`, 'utf8').catch(() => 'max');
  if (Number(limit) === SANDBOX_LIMIT_MIB * MIB) return ready(`${group} ends at ${SANDBOX_LIMIT_MIB} MiB`);
  return notReady(
    `forkd has accepted a limit of ${SANDBOX_LIMIT_MIB} MiB, and the microVM's cgroup has none`,
    "docs/forkd-host.md, 'Memory limits'; forkd-controller's log says why",
  );
}
