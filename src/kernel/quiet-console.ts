/**
 * `@jupyterlab/services` reports every connection through `console.debug`, which Node writes to
 * standard output, where `--json` promises nothing but its document.
 */
export function quietLibraryConsole(): void {
  console.debug = () => undefined;
}
