/** The stages of a user's start, in their order. */
export const START_STAGES = [
  'requested',
  'sandboxCreated',
  'serverReady',
  'kernelCreated',
  'connected',
  'kernelReady',
  'cell1',
] as const;

/**
 * All stages. Every one is measured from the moment at which the user is meant to start, which is
 * the round's barrier in a burst, to that at which it is over. The stop is no part of the start: when
 * it begins says nothing of the user.
 */
export const STAGES = [...START_STAGES, 'stopped'] as const;

export type StartStage = (typeof START_STAGES)[number];
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

/** The fields that a record has for the stages, each with the same value. */
export function stageFields<T>(value: T): Readonly<Record<StageKey, T>> {
  return {
    requestedMs: value,
    sandboxCreatedMs: value,
    serverReadyMs: value,
    kernelCreatedMs: value,
    connectedMs: value,
    kernelReadyMs: value,
    cell1Ms: value,
    stoppedMs: value,
  };
}

/** The figures of a record's summary. */
export const SUMMARY_KEYS = [
  ...STAGES.map(stageKey),
  'slowestCell1Ms',
  'restartMs',
  'stopDurationMs',
] as const;
