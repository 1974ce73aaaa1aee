import { join } from 'node:path';

/** forkd's own description of a flat snapshot, `snapshot.json`; its paths are absolute. */
export function snapshotDescription(folder: string): string {
  const description = {
    vmstate: join(folder, 'vmstate'),
    memory: join(folder, 'memory.bin'),
    volumes: [],
  };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}
