/** Whether forkd takes a text for a snapshot's tag, which may be part of a path. */
export function isSnapshotTag(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}
