/**
 * What to do where a parent ended for want of a Python module: the guest itself, or a package that
 * it warms. Undefined where its error or its log speak of something else.
 */
export function adviceForMissingModule(text: string, python: string): string | undefined {
  const [, module] = /No module named '?([\w.]+)'?/.exec(text) ?? [];
  if (module === undefined) return undefined;
  const install = `${python} -m pip install 'forkd-jupyter-spawner[guest]'`;
  return `${python} has no module ${module}, which a snapshot is made of: ${install} brings it (README.md)`;
}
