const warn = console.warn.bind(console);

/**
 * `@jupyterlab/services` reports every connection through `console.debug`, which Node writes to
 * standard output, where `--json` promises nothing but its document. After a restart that was asked
 * for it warns that it connects again; a loss that nobody asked for is an error of ours.
 */
export function quietLibraryConsole(): void {
  console.debug = () => undefined;
  console.warn = (...words: readonly unknown[]) => {
    if (!String(words[0]).startsWith('Connection lost, reconnecting')) warn(...words);
  };
}
