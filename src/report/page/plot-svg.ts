import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { z } from 'zod';

/** All that is wanted of what Plot returns, whose type is a browser's. */
const elementSchema = z.object({ outerHTML: z.string() });

/** Draws at report time, in a document of its own: the page needs no script. Text is escaped by that document. */
export function plotSvg(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html></html>');
  // `aria-hidden`: the figure around it says what it shows, and has its table.
  return elementSchema
    .parse(Plot.plot({ ...options, document }))
    .outerHTML.replace('<svg', '<svg aria-hidden="true"');
}
