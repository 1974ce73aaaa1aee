import { Flags } from '@oclif/core';

import { pathFlag } from './path-flag.ts';
import { STACK_FLAGS } from './stack-flags.ts';

/** The flags of `bench`, some of which other commands have, too. */
export const BENCH_FLAGS = {
  users: Flags.string({ default: '5', summary: 'users at once, 1 to 1000; or a sweep, as in 1,5,20' }),
  rounds: Flags.string({
    summary: 'judged rounds, 3 unless told otherwise, up to 100000 for a soak; a warm-up round comes on top',
  }),
  cycles: Flags.string({ summary: 'the old name of --rounds', hidden: true, deprecated: { to: 'rounds' } }),
  duration: Flags.string({
    summary: 'instead of --rounds, for a soak: begin rounds until it is over, as in 10m',
  }),
  budget: Flags.string({ default: '1s', summary: 'time that every cell 1 must be done in' }),
  timeout: Flags.string({ default: '60s', summary: 'time after which a user is given up' }),
  arrivals: Flags.string({
    default: 'burst',
    summary: 'how the users of a round come: burst, stagger:200ms, poisson:5/s or ramp:1-10/s',
  }),
  seed: Flags.string({ default: '1', summary: 'of poisson arrivals: the same seed, the same arrivals' }),
  controller: Flags.string({
    default: 'embedded',
    summary: "'embedded', or the URL of a forkd controller",
  }),
  ...STACK_FLAGS,
  'token-file': pathFlag({ summary: 'file with the token of --controller or --hub' }),
  hub: Flags.string({ summary: 'URL of an existing hub to measure instead of a local one' }),
  'user-template': Flags.string({ summary: "the users' names, as in 'bench-{n}'; missing ones are made" }),
  'users-file': Flags.string({ summary: 'file with the names of the users, one a line' }),
  yes: Flags.boolean({ summary: 'do not ask before more than 10 servers are started on --hub' }),
  snapshot: Flags.string({ summary: 'tag of the snapshot to fork' }),
  spawner: Flags.string({
    default: 'forkd',
    summary: 'what starts the servers: forkd, simple, local, or any class as package.module:Class',
  }),
  'hub-config': Flags.string({ summary: "Python file with lines for the local hub's configuration" }),
  floor: Flags.boolean({
    summary: 'measure in turns what the hub itself costs, with servers that run already',
  }),
  baseline: Flags.boolean({ summary: "measure in turns JupyterHub's own process spawner" }),
  memory: Flags.boolean({ summary: 'read the memory of ready users in a round of its own' }),
  restart: Flags.boolean({
    summary:
      "restart each user's kernel before its server is stopped, and time it until a cell has run again",
  }),
  browser: Flags.boolean({
    summary: "after the rounds, time a click on 'Start My Server' to the first output in Chromium",
  }),
  threshold: Flags.string({
    multiple: true,
    summary: "fail unless it is kept: 'cell1:p95<400ms', 'serverReady:p50<=1.1x@baseline.json'; repeatable",
  }),
  'warn-threshold': Flags.string({ multiple: true, summary: 'the same, but only warn' }),
  'fail-fast': Flags.boolean({
    summary: 'end with the round after which the run can no longer pass; the record is kept',
  }),
  expressions: Flags.string({ summary: 'JSON file with the cells and their expected results' }),
  out: Flags.string({ default: 'bench-results', summary: 'folder for the record' }),
  json: Flags.boolean({ summary: 'print the record as JSON and nothing else' }),
};
