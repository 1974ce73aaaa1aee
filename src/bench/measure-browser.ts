import type { Browser } from 'playwright-core';

import type { BenchPlan } from '../plan/bench-plan.ts';
import type { Expression } from '../plan/expression-set.ts';
import type { BrowserRecord, BrowserStart } from '../results/browser-record.ts';
import { logIn, startAndRun, type VisitProgress, type Visitor } from './browser-visit.ts';
import { messageWithCauses } from './outcome.ts';
import type { RoundPorts } from './ports.ts';

/** The hub as a person sees it. */
export interface BrowserPort {
  readonly hubUrl: string;
  readonly password: string;
}

type Ports = Pick<RoundPorts, 'hub' | 'clock' | 'observer'>;

/** Lets users click, one after another, each with an empty cache; undefined after an interruption. */
export async function measureBrowser(
  plan: BenchPlan,
  executablePath: string,
  ports: Ports,
  port: BrowserPort,
  signal: AbortSignal,
): Promise<BrowserRecord | undefined> {
  const browser = await launch(executablePath);
  // Whatever is waited for in a page then ends, too.
  const close = (): void => void browser.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    const starts: BrowserStart[] = [];
    for (let number = 1; number <= plan.browserStarts && !signal.aborted; number += 1) {
      ports.observer.visitStarted?.({ number, of: plan.browserStarts });
      const visitor = visitorOf(plan, number, port);
      starts.push(await visit(browser, visitor, plan.timeoutMs, ports));
      await stopServer(visitor.user, ports, signal);
    }
    return signal.aborted ? undefined : { version: browser.version(), starts };
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
  }
}

/** Loaded only here: few runs have a browser. */
async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  // Signals are ours: Playwright would end this process at the first one.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  // Chromium's own sandbox refuses to run as root; the only pages are those of our hub.
  return chromium.launch({ executablePath, args: ['--no-sandbox'], ...signals });
}

function visitorOf({ userPrefix, expressions }: BenchPlan, number: number, port: BrowserPort): Visitor {
  const expression: Expression | undefined = expressions[(number - 1) % expressions.length];
  if (expression === undefined) throw new Error('a plan has an expression for each of its users');
  return { ...port, user: `${userPrefix}-browser-u${number}`, expression };
}

/** After an interruption the hub stops it, with everything else. */
async function stopServer(user: string, { hub }: Ports, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await hub.stopServer(user, signal);
}

/** Never rejects: what was not seen says why. */
async function visit(
  browser: Browser,
  visitor: Visitor,
  timeoutMs: number,
  { clock }: Ports,
): Promise<BrowserStart> {
  const { user, expression } = visitor;
  const moments: VisitProgress = {};
  const seen = async (): Promise<Pick<BrowserStart, 'actual' | 'error'>> => {
    const context = await browser.newContext();
    context.setDefaultTimeout(timeoutMs);
    const page = await context.newPage();
    await logIn(page, visitor);
    const actual = await startAndRun(page, expression, clock, moments);
    await context.close();
    return { actual };
  };
  const result = await seen().catch((cause: unknown) => ({ actual: null, error: messageWithCauses(cause) }));
  return { user, ...moments, expression: expression.expression, expected: expression.expected, ...result };
}
