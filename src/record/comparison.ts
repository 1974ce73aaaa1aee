/**
 * What a run is compared with, in the same run: the floor is a spawner that does nothing, with
 * servers that run already; the baseline is JupyterHub's own process spawner.
 */
export type Comparison = 'floor' | 'baseline';
