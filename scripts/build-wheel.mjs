// Builds python/dist/*.whl, which the npm package carries.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const python = process.env.FORKD_SPAWNER_PYTHON ?? 'python3';
const sources = fileURLToPath(new URL('../python', import.meta.url));

rmSync(`${sources}/dist`, { recursive: true, force: true });
const args = ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', 'dist', '.'];
execFileSync(python, args, { cwd: sources, stdio: 'inherit' });
