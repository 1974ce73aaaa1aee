import { messageWithCauses } from '../../../faults/caught-error.ts';
import type { Browser } from 'playwright-core';

import { EnvironmentError } from '../../../faults/errors.ts';
import type { BenchPlan } from '../../plan/bench-plan.ts';
import type { Expression } from '../../plan/expression-set.ts';
import type { BrowserStart } from '../../../record/browser-record.ts';
import { logIn, startAndRun, type VisitProgress, type Visitor } from './browser-visit.ts';
import type { BrowserPort } from '../../target/bench-target.ts';
import type { Found } from './found.ts';
import { KernelWatch } from './kernel-watch.ts';
import type { RoundPorts } from '../../target/ports.ts';

type Ports = BrowserPort & Pick<RoundPorts, 'hub' | 'clock' | 'observer' | 'signal'>;

/**
 * Lets users click, one after another, each with an empty cache. A hub that can't stop a server any
 * more is let alone; what was seen till then is kept.
 */
export async function measureBrowser(plan: BenchPlan, executablePath: string, ports: Ports): Promise<Found> {
  const { signal } = ports;
  const browser = await launch(executablePath);
  // Whatever is waited for in a page then ends, too.
  const close = (): void => void browser.close();
  signal.addEventListener('abort', close, { once: true });
  // While it was started, nobody listened.
  if (signal.aborted) close();
  try {
    const starts: BrowserStart[] = [];
    let missing: string | undefined;
    for (let number = 1; number <= plan.browserStarts && missing === undefined; number += 1) {
      ports.observer.visitStarted?.({ number, of: plan.browserStarts });
      const visitor = visitorOf(plan, number, ports);
      starts.push(await visit(browser, visitor, plan.timeoutMs, ports));
      signal.throwIfAborted();
      missing = await whyNotStopped(visitor.user, ports);
    }
    return { browser: { version: browser.version(), starts }, ...(missing !== undefined && { missing }) };
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
  }
}

/** Starts the browser. The library for it is loaded only here, because few runs have a browser. */
async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  // Signals are ours: Playwright would end this process at the first one.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  // Chromium's own sandbox refuses to run as root; the only pages are those of our hub.
  const options = { executablePath, args: ['--no-sandbox'], ...signals };
  return chromium.launch(options).catch((cause: unknown) => {
    const [reason = ''] = messageWithCauses(cause).split('\n');
    throw new EnvironmentError(`${executablePath} cannot be started: ${reason}`, {
      cause,
      hint: `start ${executablePath} by hand and see what it says`,
    });
  });
}

function visitorOf(
  { userPrefix, expressions }: BenchPlan,
  number: number,
  { hubUrl, password }: BrowserPort,
): Visitor {
  const expression: Expression | undefined = expressions[(number - 1) % expressions.length];
  if (expression === undefined) throw new Error('a plan has an expression for each of its users');
  return { hubUrl, password, user: `${userPrefix}-browser-u${number}`, expression };
}

/**
 * Stops the user's server; after an interruption the hub stops it, with everything else.
 * @returns why the server could not be stopped
 */
async function whyNotStopped(user: string, { hub, signal }: Ports): Promise<string | undefined> {
  try {
    await hub.stopServer(user, signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `the server of ${user} could not be stopped: ${messageWithCauses(error)}`;
  }
}

/** Makes one visit. It never rejects: what was not seen says why. */
async function visit(
  browser: Browser,
  visitor: Visitor,
  timeoutMs: number,
  { clock }: Ports,
): Promise<BrowserStart> {
  const { user, expression } = visitor;
  const moments: VisitProgress = {};
  const seen = async (): Promise<Pick<BrowserStart, 'actual' | 'error' | 'kernels'>> => {
    await using context = await browser.newContext();
    context.setDefaultTimeout(timeoutMs);
    const page = await context.newPage();
    const kernels = new KernelWatch(page);
    await logIn(page, visitor);
    const actual = await startAndRun(page, expression, { clock, kernels, timeoutMs }, moments);
    return { actual, kernels: await kernels.started() };
  };
  const result = await seen().catch((cause: unknown) => ({ actual: null, error: messageWithCauses(cause) }));
  return { user, ...moments, expression: expression.expression, expected: expression.expected, ...result };
}
