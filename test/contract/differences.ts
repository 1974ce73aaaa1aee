import { z } from 'zod';

interface Different<T> {
  /** What is right in place of what was recorded. */
  readonly ours: T;
  readonly reason: string;
}

/** In what one kind of controller may differ from the recording, and why. */
export interface Differences {
  /** Cases that are not asked, each with its reason. */
  readonly notAsked: Readonly<Record<string, string>>;
  /** Bodies of single cases. */
  readonly bodies: Readonly<Record<string, Different<RegExp>>>;
  /** Fields, in whatever answer they come. */
  readonly fields: Readonly<Record<string, Different<z.ZodType>>>;
  /** Fields that were not recorded. */
  readonly added: readonly string[];
  /** Fields that may be missing, each with its reason. */
  readonly optional: Readonly<Record<string, string>>;
  /** Parts of texts that were not JSON: how they are masked, on both sides. */
  readonly masks: readonly Different<RegExp>[];
}

const FIVE_AT_ONCE = 'five creates of n = 1 at the same time, per_child_netns';

const EVERYWHERE: Differences['fields'] = {
  netns: {
    ours: z.string().regex(/^forkd-child-[1-9]\d*$/),
    reason: 'the lowest number that is free on this host',
  },
  pid: { ours: z.int().positive(), reason: 'a pid of this host, or of the guest' },
  created_at_unix: { ours: z.int().positive(), reason: 'a time' },
  memory_logical_bytes: { ours: z.int().positive(), reason: 'the memory of this snapshot' },
  memory_physical_bytes: { ours: z.int().positive(), reason: 'the memory of this snapshot' },
  numpy_version: { ours: z.string(), reason: "numpy's version is the guest's" },
};

const MASKED_VERSION = { ours: /version="[\d.]+(?:-embedded)?"/, reason: 'the version is its own' };

const MASKED_REASON = {
  ours: /(?<=^Failed to (?:parse the request body as JSON|deserialize the JSON body into the target type): ).+/,
  reason: "serde's words, with a column: a client goes by the status and sees what comes before",
};

/** The embedded controller, which promises more: `namespaces` if it was given any. */
export function differencesOfEmbedded({ namespaces }: { readonly namespaces: boolean }): Differences {
  return {
    notAsked: {
      [FIVE_AT_ONCE]: 'a defect of forkd; here all must succeed, which has a test of its own',
      'unknown sandbox POST /branch':
        'whatever needs a microVM is answered 501, whether or not the sandbox exists, which has a test of its own',
    },
    bodies: {
      'eval __import__("os").getpid()': {
        ours: /^\{"result":"[1-9]\d*","error":null,"exit_code":0\}$/,
        reason: 'an agent in a process sandbox is not PID 1',
      },
      'eval np.__version__': {
        ours: /^\{"result":"'\d+\.\d+\.\d+'","error":null,"exit_code":0\}$/,
        reason: "numpy's version is the environment's",
      },
    },
    fields: {
      ...EVERYWHERE,
      ...(namespaces ? {} : ON_THE_HOST),
      created_at_unix: { ours: z.number().refine(isRecent), reason: 'a time of this run' },
      vmstate_bytes: { ours: z.literal(0), reason: 'a process has no VM state' },
      warmup_ready: { ours: z.literal(true), reason: 'our parent forks only when it is warm' },
      version: { ours: z.string().regex(/^\d+\.\d+\.\d+-embedded$/), reason: 'it says which one it is' },
    },
    added: ['backend', 'isolation', 'memory_limits', 'instance'],
    optional: {},
    masks: [
      MASKED_VERSION,
      MASKED_REASON,
      { ours: /(?<=branch_concurrency_cap )[04](?=\n)/, reason: 'there is nothing to branch' },
    ],
  };
}

const ON_THE_HOST: Differences['fields'] = {
  netns: { ours: z.null(), reason: 'processes share the host network' },
  guest_addr: {
    ours: z.string().regex(/^127\.(\d+\.){2}\d+:8888$/),
    reason: 'each has a loopback address of its own',
  },
};

const AUTHORISATION = ['no token', 'wrong token', 'basic auth', 'version without token'];

/** Any controller that is there already, with snapshots and perhaps sandboxes of others. */
export function differencesOfAny({ asksForToken }: { readonly asksForToken: boolean }): Differences {
  const open = 'it was started without a token (FORKD_TOKEN_FILE is not set)';
  return {
    notAsked: {
      [FIVE_AT_ONCE]: 'would leave dead sandboxes in one namespace, as recorded',
      ...(asksForToken ? {} : Object.fromEntries(AUTHORISATION.map((name) => [name, open]))),
    },
    bodies: {
      'eval np.__version__': {
        ours: /^\{"result":"'\d+\.\d+\.\d+'","error":null,"exit_code":0\}$/,
        reason: "numpy's version is the guest's",
      },
    },
    fields: {
      ...EVERYWHERE,
      dir: { ours: z.string().regex(/^\/.*\/jupyter$/), reason: 'its snapshots are where it was told' },
      vmstate_bytes: { ours: z.int().positive(), reason: "the microVM's, with as many CPUs as it has" },
      warmup_ready: { ours: z.boolean(), reason: 'the guest has a warm-up command or not' },
      version: { ours: z.string().regex(/^\d+\.\d+\.\d+/), reason: 'the version is its own' },
    },
    added: [],
    optional: {
      created_at_unix: "forkd's info of a snapshot that was put in its place, not made by it, has none",
    },
    masks: [
      MASKED_VERSION,
      MASKED_REASON,
      { ours: /(?<=branch_concurrency_cap )\d+(?=\n)/, reason: 'as it was told' },
      { ours: /(?<=forkd_(?:snapshots_total|sandboxes_active) )\d+(?=\n)/, reason: 'others use it, too' },
    ],
  };
}

/** In whole seconds, within ten minutes. */
function isRecent(unixSeconds: number): boolean {
  return Math.abs(Date.now() / 1000 - unixSeconds) < 600;
}
