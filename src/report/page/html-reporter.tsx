import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

import type { ReportedRun } from '../parts/reported-run.ts';
import { Overview } from './overview.tsx';
import { RunSection } from './run-section.tsx';
import { STYLE } from './style.ts';

/** Nothing is ever asked for, whatever a record holds: no script, no picture, no font. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** One file that needs nothing else, for a browser on any device. */
export function reportHtml(runs: readonly ReportedRun[]): string {
  return `<!doctype html>\n${renderToString(<Page runs={runs} />)}\n`;
}

function Page({ runs }: { readonly runs: readonly ReportedRun[] }): VNode {
  const title = runs.length === 1 ? (runs[0]?.name ?? '') : `${runs.length} runs`;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`forkd-spawner: ${title}`}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the results
        </a>
        <header>
          <h1>
            <span class="product">forkd-spawner</span> {title}
          </h1>
        </header>
        {runs.length > 1 && <Contents runs={runs} />}
        <main id="main" tabIndex={-1}>
          {runs.length > 1 && <Overview runs={runs} />}
          {runs.map((run, index) => (
            <RunSection run={run} id={`run-${index + 1}`} />
          ))}
        </main>
        <footer>
          Made by forkd-spawner report. All times are in milliseconds from the barrier, at which all users of
          a round start.
        </footer>
      </body>
    </html>
  );
}

function Contents({ runs }: { readonly runs: readonly ReportedRun[] }): VNode {
  return (
    <nav aria-label="Runs">
      <ul>
        <li>
          <a href="#overview">All runs</a>
        </li>
        {runs.map(({ name, record }, index) => (
          <li>
            <a href={`#run-${index + 1}`}>
              {name} ({record.verdict})
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
