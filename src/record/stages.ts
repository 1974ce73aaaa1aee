/**
 * The stages of a user's start, in their order. Every one is measured from the moment at which the
 * user is meant to start, which is the round's barrier in a burst, to that at which it is over.
 */
export const STAGES = [
  'requested',
  'sandboxCreated',
  'serverReady',
  'kernelCreated',
  'connected',
  'kernelReady',
  'cell1',
  'stopped',
] as const;

export type Stage = (typeof STAGES)[number];

/** The glossary's words for tables and messages. */
export const STAGE_LABELS: Readonly<Record<Stage, string>> = {
  requested: 'requested',
  sandboxCreated: 'sandbox created',
  serverReady: 'server ready',
  kernelCreated: 'kernel created',
  connected: 'connected',
  kernelReady: 'kernel ready',
  cell1: 'cell 1 done',
  stopped: 'stopped',
};

export type StageKey = `${Stage}Ms`;

/** The name of a stage's value in records: units stand at the end of every number. */
export function stageKey(stage: Stage): StageKey {
  return `${stage}Ms`;
}

/** The figures of a record's summary. */
export const SUMMARY_KEYS = [
  'requestedMs',
  'sandboxCreatedMs',
  'serverReadyMs',
  'kernelCreatedMs',
  'connectedMs',
  'kernelReadyMs',
  'cell1Ms',
  'stoppedMs',
  'slowestCell1Ms',
  'restartMs',
  'stopDurationMs',
] as const;
