// Compiles src/ to dist/ and writes down what the commands are: oclif.manifest.json
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { Plugin } from '@oclif/core';

import { hashSources, stampBuild } from './fresh-build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const manifest = `${root}/oclif.manifest.json`;
const sources = hashSources(root);

// Together: a manifest of other commands than dist/ has would be believed.
rmSync(`${root}/dist`, { recursive: true, force: true });
rmSync(manifest, { force: true });
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

// With it, help and wrong usage need no command's module but the one that is asked for.
const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(manifest, `${JSON.stringify(plugin.manifest, null, 2)}\n`);

// Last of all: what breaks off before is no build.
stampBuild(root, sources);
