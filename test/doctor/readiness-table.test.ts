import { expect, it } from 'vitest';

import { readinessTable } from '../../src/doctor/readiness-table.ts';

it('lists what was found by area, with what mends it, and the count last', () => {
  const host = { area: 'host', required: true };

  const text = readinessTable({
    schemaVersion: 1,
    ready: false,
    rows: [
      { ...host, name: 'memory', status: 'ready', found: '2000 MiB' },
      { ...host, name: 'KVM', status: 'not ready', found: 'none', mend: 'modprobe kvm', required: false },
      { ...host, area: 'network', name: 'guest → hub', status: 'not checked', found: 'no hub' },
    ],
  });

  expect(text).toBe(`host
  ✔ memory       ready: 2000 MiB
  ✘ KVM          not ready: none (runs are possible without)
      → modprobe kvm
network
  – guest → hub  not checked: no hub

not ready: 1 ready, 1 not ready, 1 not checked`);
});
