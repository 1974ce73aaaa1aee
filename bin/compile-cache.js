import { accessSync, constants } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';

/** Saves every run but the first the compilation of all that is imported. */
export function keepCompilations() {
  // Node.js makes its folder there without end where that is refused, as in /proc.
  if (canBeWritten(tmpdir())) module.enableCompileCache();
}

function canBeWritten(folder) {
  // Whoever is root has all access to /proc, and can make nothing in it.
  if (/^\/(proc|sys)(\/|$)/.test(folder)) return false;
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
