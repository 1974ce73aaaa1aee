/** What a machine has run out of, and what gives it more. */
export interface Shortage {
  /** A sentence with the system's own name for it, which can be searched for. */
  readonly sentence: string;
  readonly remedy: string;
}

const FEWER = 'or let fewer users start at once';
const ROOM = 'make room on it, or write to another disk';

const SHORTAGES: Readonly<Record<string, Shortage>> = {
  ENOSPC: { sentence: 'the disk is full', remedy: ROOM },
  EDQUOT: { sentence: 'the disk quota of this account is used up', remedy: ROOM },
  EMFILE: {
    sentence: 'this process may open no more files and connections',
    remedy: `raise the limit with \`ulimit -n\`, ${FEWER}`,
  },
  ENFILE: {
    sentence: 'this machine may open no more files',
    remedy: `raise the limit with \`sysctl fs.file-max\`, ${FEWER}`,
  },
  ENOBUFS: {
    sentence: 'the kernel has no buffer left for a connection',
    remedy: `end other programs, ${FEWER}`,
  },
  ENOMEM: { sentence: 'this machine has no memory left', remedy: `end other programs, ${FEWER}` },
};

const NO_PORT: Shortage = {
  sentence: 'this machine has no local port left for another connection',
  remedy: `widen \`sysctl net.ipv4.ip_local_port_range\`, ${FEWER}`,
};

const NO_PROCESS: Shortage = {
  sentence: 'no further process may be started',
  remedy: `raise the limit with \`ulimit -u\`, or pids.max of the cgroup or container, ${FEWER}`,
};

/** The shortage behind an error, however often it was wrapped; undefined where there is none. */
export function shortageIn(error: unknown): Shortage | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return shortageOf(error) ?? firstOf(inner);
}

/** The same as one text for people; undefined where there is none. */
export function shortageText(error: unknown): string | undefined {
  const shortage = shortageIn(error);
  return shortage && `${shortage.sentence}: ${shortage.remedy}`;
}

/** What mends the shortage that a text of somebody else's names by its code. */
export function remedyIn(text: string): string | undefined {
  const code = /\((E[A-Z]+)\)/.exec(text)?.[1] ?? '';
  return (code === 'EADDRNOTAVAIL' ? NO_PORT : SHORTAGES[code])?.remedy;
}

function firstOf(errors: readonly unknown[]): Shortage | undefined {
  for (const error of errors) {
    const shortage = shortageIn(error);
    if (shortage !== undefined) return shortage;
  }
  return undefined;
}

function shortageOf(error: Error): Shortage | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const found = wantsPort(error, code) ? NO_PORT : wantsProcess(error, code) ? NO_PROCESS : SHORTAGES[code];
  return found && { ...found, sentence: `${found.sentence} (${code})` };
}

/**
 * Whether no port was left to connect from. The same code says of a program that listens that the
 * address isn't this machine's, and of an IPv6 address that the machine has no IPv6.
 */
function wantsPort(error: Error, code: string): boolean {
  if (code !== 'EADDRNOTAVAIL' || !('syscall' in error) || error.syscall !== 'connect') return false;
  return 'address' in error && typeof error.address === 'string' && !error.address.includes(':');
}

/** Whether no process could be started. The code means 'not yet' with everything but a spawn. */
function wantsProcess(error: Error, code: string): boolean {
  return code === 'EAGAIN' && 'syscall' in error && String(error.syscall).startsWith('spawn');
}
