import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { vi } from 'vitest';

import { makeParentPlan } from '../../src/cli/parent-flags.ts';
import type { ParentPlan } from '../../src/parent/parent-plan.ts';

const FIRECRACKER = fileURLToPath(new URL('../helpers/programs/serve-firecracker.ts', import.meta.url));

/** Namespaces are left out: what would run in them runs on the host, at another address. */
const IP = `#!/bin/sh
echo "$*" >> "$FAKE_IP_CALLS"
if [ "$1 $2" = 'netns exec' ]; then
  shift 3
  for word in "$@"; do
    shift
    [ "$word" != 10.42.0.2 ] || word=$FAKE_AGENT
    set -- "$@" "$word"
  done
  exec "$@"
fi
if [ "$1 $2" = 'netns list' ]; then
  echo "\${FAKE_NETWORK-}"
  grep '^netns add' "$FAKE_IP_CALLS" | cut -d ' ' -f 3
fi
exit 0
`;

/** Instead of a Debian and a pip: a tree with a file, and the versions of what is 'installed'. */
const UNSHARE = `#!/bin/sh
for word in "$@"; do
  case "$word" in
    --root=*) tree=\${word#--root=} ;;
    /*.d) made=$word ;;
  esac
done
if [ -n "\${made-}" ]; then
  mkdir -p "$made/etc"; echo content > "$made/file"
  eval "\${FAKE_BOOTSTRAP-true}"
elif [ "$word" = finish ]; then
  ls "$tree/build/requirements" > "$tree/requirements"
  echo '{"python": "3.13.5", "jupyterlab": "4.6.0", "forkd-jupyter-spawner": "0.1.0"}' > "$tree/build/versions.json"
else
  . "$(dirname "$0")/install"
fi
`;

/** A folder with programs in the places of Firecracker, ip, unshare and mmdebstrap. */
export interface FakeHost {
  readonly folder: string;
  readonly snapshots: string;
  readonly disks: string;
  plan(changes?: Partial<ParentPlan>): ParentPlan;
  /** What the installing in the tree does, as a line of shell: it gets little of our environment. */
  install(line: string): Promise<void>;
  /** Lines of what `ip` was called with. */
  ipCalls(): Promise<string>;
  /** Lines of what Firecracker's API was asked. */
  requests(): Promise<string>;
  remove(): Promise<void>;
}

export async function makeFakeHost(): Promise<FakeHost> {
  const folder = await mkdtemp(join(tmpdir(), 'parent-test-'));
  const [bin, data] = [join(folder, 'bin'), join(folder, 'data')];
  const [snapshots, temporary] = [join(data, 'snapshots'), join(folder, 'tmp')];
  for (const one of [bin, snapshots, temporary]) await mkdir(one, { recursive: true });
  const firecracker = `#!/bin/sh\nexec ${process.execPath} ${FIRECRACKER} "$@"\n`;
  const programs = { ip: IP, unshare: UNSHARE, mmdebstrap: '#!/bin/sh\n', firecracker };
  for (const [name, text] of Object.entries(programs)) await writeProgram(join(bin, name), text);
  await writeFile(join(bin, 'install'), '');
  const [calls, requests] = [join(folder, 'ip-calls'), join(folder, 'requests')];
  for (const file of [calls, requests]) await writeFile(file, '');
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env['PATH'] ?? ''}`);
  vi.stubEnv('TMPDIR', temporary);
  vi.stubEnv('FAKE_IP_CALLS', calls);
  vi.stubEnv('FAKE_REQUESTS', requests);
  // Test runs side by side must not meet on an address.
  vi.stubEnv('FAKE_AGENT', `127.${200 + (process.pid % 50)}.${(process.pid >> 8) % 250}.7`);
  const flags = { tag: 'jupyter', kernel: '/vmlinux', firecracker: 'firecracker', memory: '512', vcpus: '1' };
  const rest = { suite: 'trixie', mirror: 'http://debian', 'time-zone': 'UTC', timeout: '1m' };
  const none = { disks: undefined, image: undefined, requirements: undefined, size: undefined };
  const plan = makeParentPlan({
    ...flags,
    ...rest,
    ...none,
    env: undefined,
    nameserver: undefined,
    'snapshot-root': snapshots,
  });
  return {
    ...{ folder, snapshots, disks: plan.disks },
    plan: (changes) => ({ ...plan, ...changes }),
    install: async (line) => writeFile(join(bin, 'install'), `${line}\n`),
    ipCalls: async () => readFile(calls, 'utf8'),
    requests: async () => readFile(requests, 'utf8'),
    remove: async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    },
  };
}

async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}
