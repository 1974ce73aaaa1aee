import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';

import { toMicroseconds } from '../../../time/clock.ts';
import type { ClientLag, ProcessorRecord, RoundRecord } from '../../../record/run-record.ts';

const NS_PER_MS = 1e6;
const US_PER_MS = 1000;
const RESOLUTION_MS = 5;

type Load = Pick<RoundRecord, 'clientLag' | 'loadAverage' | 'processor'>;

/** Watches what else than the hub may have slowed a round down: the client itself, and the machine. */
export async function watchLoad(): Promise<() => Promise<Load>> {
  const loadAverage = loadavg()[0] ?? 0;
  const readProcessor = await watchProcessor();
  const readLag = watchClientLag();
  return async () => {
    const clientLag = readLag();
    const processor = await readProcessor();
    return { clientLag, loadAverage, ...(processor !== undefined && { processor }) };
  };
}

/** Watches how late the measuring process's own event loop is; returns the reading. */
function watchClientLag(): () => ClientLag {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const before = performance.eventLoopUtilization();
  const processorBefore = process.cpuUsage();
  const startedMs = performance.now();
  histogram.enable();
  return () => {
    histogram.disable();
    return {
      p50Ms: lateness(histogram.percentile(50)),
      p99Ms: lateness(histogram.percentile(99)),
      maxMs: lateness(histogram.max),
      utilization: toMicroseconds(performance.eventLoopUtilization(before).utilization),
      cores: toMicroseconds(processorMs(process.cpuUsage(processorBefore)) / (performance.now() - startedMs)),
    };
  };
}

function processorMs({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / US_PER_MS;
}

/** Node's histogram holds the whole interval between two ticks; the lag is what exceeds the resolution. */
function lateness(intervalNs: number): number {
  return toMicroseconds(Math.max(0, intervalNs / NS_PER_MS - RESOLUTION_MS));
}

/** The place of 'steal' in /proc/stat's first line: user nice system idle iowait irq softirq steal. */
const STEAL = 7;
const COUNTED = 8;

interface Reading {
  readonly ticks: readonly number[];
  /** Absent where this process is in no control group with a processor quota. */
  readonly throttledUs: number | undefined;
}

/** Watches how much processor time others had; the returned function reads it. Absent where /proc tells nothing. */
export async function watchProcessor(): Promise<() => Promise<ProcessorRecord | undefined>> {
  const before = await read();
  return async () => {
    const after = await read();
    return before === undefined || after === undefined ? undefined : between(before, after);
  };
}

async function read(): Promise<Reading | undefined> {
  try {
    return { ticks: parseTicks(await readFile('/proc/stat', 'utf8')), throttledUs: await readThrottledUs() };
  } catch {
    return undefined;
  }
}

function between(before: Reading, after: Reading): ProcessorRecord {
  const passed = after.ticks.map((ticks, field) => ticks - (before.ticks[field] ?? 0));
  const all = passed.reduce((sum, ticks) => sum + ticks, 0);
  const stolenShare = all > 0 ? toMicroseconds(Math.max(0, passed[STEAL] ?? 0) / all) : 0;
  if (before.throttledUs === undefined || after.throttledUs === undefined) return { stolenShare };
  return { stolenShare, throttledMs: (after.throttledUs - before.throttledUs) / US_PER_MS };
}

/** All processors together, in ticks since the machine started. */
export function parseTicks(stat: string): readonly number[] {
  const [first = ''] = stat.split('\n');
  return first
    .trim()
    .split(/\s+/)
    .slice(1, 1 + COUNTED)
    .map(Number);
}

/**
 * Reads how long our own group was throttled, in version 2 of cgroups.
 *
 * ref: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
 */
async function readThrottledUs(): Promise<number | undefined> {
  try {
    const groups = await readFile('/proc/self/cgroup', 'utf8');
    const path = /^0::(.*)$/m.exec(groups)?.[1];
    if (path === undefined) return undefined;
    return parseThrottledUs(await readFile(join('/sys/fs/cgroup', path, 'cpu.stat'), 'utf8'));
  } catch {
    return undefined;
  }
}

export function parseThrottledUs(stat: string): number | undefined {
  const text = /^throttled_usec (\d+)$/m.exec(stat)?.[1];
  return text === undefined ? undefined : Number(text);
}
