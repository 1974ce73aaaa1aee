/** The names and addresses of loopback. Most clients know no ranges, and IPv6 needs both spellings. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1', '[::1]'];

/**
 * Hub, controller and servers of a run talk to each other on loopback, where no proxy can reach them:
 * an environment that names one gets its exceptions, for us and for every child. Both spellings are
 * set, since each client looks at another one first.
 *
 * ref: https://nodejs.org/api/http.html#built-in-proxy-support
 */
export function keepLoopbackDirect(environment: NodeJS.ProcessEnv = process.env): void {
  const { no_proxy: lower = '', NO_PROXY: upper = '' } = environment;
  const given = `${lower},${upper}`.split(/[,\s]+/).filter((one) => one !== '');
  // Many clients know the wildcard only where it stands alone.
  const all = given.includes('*') ? '*' : [...new Set([...given, ...LOOPBACK])].join(',');
  environment['no_proxy'] = all;
  environment['NO_PROXY'] = all;
}
