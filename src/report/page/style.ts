/** Colours of text have a contrast of 4.5:1 to their ground and those of shapes one of 3:1, in both schemes. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --card: #f6f7f9; --text: #1b1f24; --quiet: #545c66; --line: #d5dae0; --link: #0b57d0;
  --good: #146c2e; --good-ground: #e2f5e7; --bad: #b3261e; --bad-ground: #fdebea; --open: #7a4d00; --open-ground: #fff3d6;
  --requested: #6b7280; --sandboxCreated: #0f766e; --serverReady: #2563eb; --kernelCreated: #7c3aed;
  --connected: #c026d3; --kernelReady: #b45309; --cell1: #15803d;
  --series-1: #1d4ed8; --series-2: #b45309; --series-3: #0f766e; --series-4: #be185d; --series-5: #6d28d9; --series-6: #4b5563;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --card: #1d2127; --text: #e8eaed; --quiet: #a9b1bb; --line: #3a414b; --link: #8ab4f8;
    --good: #7ddc97; --good-ground: #12331d; --bad: #ff9d94; --bad-ground: #46191a; --open: #fbcf74; --open-ground: #3d2e0a;
    --requested: #9ca3af; --sandboxCreated: #2dd4bf; --serverReady: #60a5fa; --kernelCreated: #a78bfa;
    --connected: #e879f9; --kernelReady: #fbbf24; --cell1: #4ade80;
    --series-1: #7cabff; --series-2: #fbbf24; --series-3: #2dd4bf; --series-4: #f472b6; --series-5: #c4b5fd; --series-6: #cbd5e1;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 0 1rem 3rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .25rem .5rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 .5rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.5rem 0 .25rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.product { display: block; font-size: .85rem; font-weight: 600; color: var(--quiet); letter-spacing: .02em; }
.detail { color: var(--quiet); font-size: .9rem; margin: 0; }
.run { border-top: 1px solid var(--line); margin-top: 2rem; }
.run:first-child { border: 0; margin-top: 0; }
.run:first-child h2 { margin-top: 1rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: 0; }
nav a { display: inline-block; padding: .25rem 0; }
.badge { display: inline-block; border-radius: 1rem; padding: .05rem .75rem; font-size: .95rem; font-weight: 600; white-space: nowrap; }
.badge.passed { color: var(--good); background: var(--good-ground); }
.badge.failed { color: var(--bad); background: var(--bad-ground); }
.badge.incomplete { color: var(--open); background: var(--open-ground); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1rem 0 0; }
.figures > div { display: flex; flex-direction: column-reverse; justify-content: flex-end; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.figures dt { color: var(--quiet); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.6rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.interval { display: block; font-size: .85rem; font-weight: 400; color: var(--quiet); }
.unit { font-size: 1rem; font-weight: 400; color: var(--quiet); }
.criteria { list-style: none; padding: 0; margin: 0; }
.criteria li { display: grid; grid-template-columns: 6.5rem 1fr; gap: .5rem; padding: .45rem 0; border-bottom: 1px solid var(--line); }
.criteria li:last-child { border: 0; }
.criteria strong { font-weight: 500; display: block; }
.criteria .detail { display: block; }
.status { font-weight: 600; }
.met .status { color: var(--good); } .missed .status { color: var(--bad); }
.unknown .status { color: var(--open); } .skipped .status { color: var(--quiet); }
.warnings { padding: .5rem .8rem .5rem 2rem; margin: 0; color: var(--open); background: var(--open-ground); border-radius: .5rem; }
figure { margin: 0; }
figcaption, caption { color: var(--quiet); font-size: .9rem; text-align: left; }
figure svg { font-size: 12px; margin: .5rem 0; }
.narrow svg { width: 100%; }
.wide, .narrow { overflow: hidden; }
.narrow { display: none; }
@media (max-width: 52rem) { .wide { display: none; } .narrow { display: block; max-width: 30rem; } }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; padding: 0; margin: .35rem 0 0; font-size: .85rem; }
details { margin: .25rem 0; }
summary { cursor: pointer; padding: .25rem 0; }
figure summary { color: var(--link); font-size: .9rem; }
.round { border: 1px solid var(--line); border-radius: .5rem; padding: .25rem .8rem; margin: .5rem 0; }
.round > summary { font-weight: 500; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; margin: .25rem 0; overflow-wrap: normal; }
th, td { text-align: left; font-weight: 400; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
.words { overflow-wrap: anywhere; }
.number { text-align: right; padding-right: .4rem; padding-left: .6rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; overflow-x: auto; font-size: .82rem; }
footer { margin-top: 3rem; color: var(--quiet); font-size: .85rem; }
@media print { details::details-content { content-visibility: visible; } .skip, nav { display: none; } }
`;
