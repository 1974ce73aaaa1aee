import { findProgram } from './find-program.ts';

/** A Chromium of the system's; undefined where there is none. */
export async function findChromium(): Promise<string | undefined> {
  return findProgram('chromium', 'chromium-browser', 'google-chrome');
}
