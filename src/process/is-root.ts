/** Whether we are root, who may enter network namespaces, make control groups and mount. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
