// `clean` as a host's root runs it, beside a forkd controller that lists what it is told to:
// LISTS are its answers, one after another, the last for good.
import { createServer } from 'node:http';

import { z } from 'zod';

import { clean } from '../../../src/clean/clean.ts';
import { listen } from '../../helpers/listen.ts';

const row = z.object({ pid: z.int().nullable(), netns: z.string().nullable() });
const { lists, ...options } = z
  .object({ lists: z.array(z.array(row)), minimumAgeMs: z.number().optional(), dryRun: z.boolean() })
  .parse(JSON.parse(process.argv[2] ?? ''));

let asked = 0;
const server = createServer((request, response) => {
  const rows = lists[Math.min(asked, lists.length - 1)] ?? [];
  if (request.url === '/v1/sandboxes') asked += 1;
  const rest = { snapshot_tag: 'jupyter', guest_addr: '10.42.0.2:8888', created_at_unix: 1 };
  const list = rows.map((one, index) => ({ id: `sb-${index}`, memory_limit_mib: null, ...rest, ...one }));
  response.end(JSON.stringify(request.url === '/version' ? { version: '0.5.3', api: 'v1' } : list));
});
const url = `http://127.0.0.1:${await listen(server)}`;
const { minimumAgeMs } = options;
const cleaned = await clean({
  ...{ all: false, dryRun: options.dryRun, controller: { url, tokenFile: undefined }, pauseMs: 10 },
  ...(minimumAgeMs !== undefined && { minimumAgeMs }),
  signal: new AbortController().signal,
});
server.close();
process.stdout.write(JSON.stringify(cleaned));
