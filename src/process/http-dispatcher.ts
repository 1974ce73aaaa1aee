import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';

const SWITCH = '--use-env-proxy';

/**
 * Connections to a hub or a controller, which may be elsewhere: they take the way that `fetch` and
 * WebSockets of this Node.js take to the servers behind it, through the environment's proxy where
 * Node.js was told to use it.
 *
 * ref: https://nodejs.org/api/cli.html#node_use_env_proxy1
 */
export function makeDispatcher(options: Agent.Options): Dispatcher {
  return usesProxyOfEnvironment() ? new EnvHttpProxyAgent(options) : new Agent(options);
}

function usesProxyOfEnvironment(): boolean {
  const { NODE_USE_ENV_PROXY: wanted, NODE_OPTIONS: options = '' } = process.env;
  return wanted === '1' || [...process.execArgv, ...options.split(/\s+/)].includes(SWITCH);
}
