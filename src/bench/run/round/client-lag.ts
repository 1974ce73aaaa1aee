import { toMicroseconds } from '../../../time/clock.ts';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import type { ClientLag } from '../../../record/run-record.ts';

const NS_PER_MS = 1e6;
const US_PER_MS = 1000;
const RESOLUTION_MS = 5;

/** Watches how late the measuring process's own event loop is; returns the reading. */
export function watchClientLag(): () => ClientLag {
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
