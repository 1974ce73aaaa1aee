import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

// As in package.json's `engines`: undici and oclif need it.
const OLDEST = [22, 19];

export function isRecentEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** A SIGKILL of the process that has started us can't be handed on: it ends us as a closed terminal does. */
export function endWithStarter() {
  if (process.channel === undefined) return;
  process.on('disconnect', () => process.kill(process.pid, 'SIGHUP'));
  process.channel?.unref();
}

/** A clone has a Node.js of its own, the development dependency `node`. */
export function runWithOwnNode(script) {
  const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(
      `Error: forkd-spawner needs Node.js ${OLDEST.join('.')} or newer; this is ${process.versions.node}\n` +
        '  install a newer one, or run it from a clone after `npm ci`\n',
    );
    process.exitCode = 3;
    return;
  }
  const child = spawn(node, [fileURLToPath(script), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // By the channel it notices that we are gone; nothing is said, and we don't wait for anything.
  child.channel?.unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
