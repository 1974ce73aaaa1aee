import type { RoundRecord, RunRecord } from '../../src/record/run-record.ts';
import type { UserRecord } from '../../src/record/user-record.ts';

/** A user whose stages are 1, 2, 3 … tenths of its cell 1. */
export function completedUser(user: string, cell1Ms: number, changes: Partial<UserRecord> = {}): UserRecord {
  return {
    user,
    outcome: 'completed',
    stages: {
      requestedMs: cell1Ms * 0.1,
      sandboxCreatedMs: cell1Ms * 0.3,
      serverReadyMs: cell1Ms * 0.5,
      kernelCreatedMs: cell1Ms * 0.6,
      connectedMs: cell1Ms * 0.8,
      kernelReadyMs: cell1Ms * 0.9,
      cell1Ms,
      stoppedMs: cell1Ms + 50,
    },
    expression: 'np.arange(4).sum().item()',
    expected: '6',
    actual: '6',
    error: null,
    stopDurationMs: 40,
    zmqProbe: { status: 'answered', heartbeatMs: 1, kernelInfoMs: 2 },
    ...changes,
  };
}

export function failedUser(user: string, error: NonNullable<UserRecord['error']>): UserRecord {
  return {
    user,
    outcome: 'failed',
    stages: { requestedMs: 10 },
    expression: 'np.arange(4).sum().item()',
    expected: '6',
    actual: null,
    error,
    zmqProbe: { status: 'skipped', reason: 'the user has no kernel' },
  };
}

export function roundRecord(
  index: number,
  users: UserRecord[],
  changes: Partial<RoundRecord> = {},
): RoundRecord {
  return {
    index,
    warmup: index === 0,
    wallMs: 500,
    users,
    leftovers: [],
    clientLag: { p50Ms: 0.1, p99Ms: 1.2, maxMs: 3, utilization: 0.2 },
    loadAverage: 0.5,
    ...changes,
  };
}

export function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    schemaVersion: 1,
    startedAt: '2026-01-02T03:04:05.678Z',
    verdict: 'incomplete',
    budgetMs: 1000,
    backend: { kind: 'embedded', version: '0.1.0', isolation: 'process fork, no isolation' },
    plan: {
      users: 2,
      rounds: 1,
      warmupRounds: 1,
      budgetMs: 1000,
      timeoutMs: 60_000,
      controller: 'embedded',
      snapshot: null,
      spawner: 'forkd',
      expressions: 'built-in',
    },
    environment: {
      host: {
        cpuModel: 'A processor',
        cores: 2,
        memoryMib: 4096,
        kernel: 'Linux 6',
        loadAverage: [0.5, 0.4, 0.3],
      },
      node: 'v24.0.0',
      packages: {},
      python: {},
    },
    rounds: [],
    summary: {},
    criteria: [],
    ...changes,
  };
}
