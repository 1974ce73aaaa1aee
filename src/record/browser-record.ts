import { z } from 'zod';

const momentMsSchema = z.number().nonnegative();

/** One start by a person's means, in ms from the click; a moment that never came is absent. */
const browserStartSchema = z.object({
  user: z.string(),
  /** The page of the user's server was asked for: the hub's waiting page is over. */
  serverShownMs: momentMsSchema.optional(),
  /** JupyterLab's launcher is visible. */
  labShownMs: momentMsSchema.optional(),
  /** A new notebook is open, with a cell that can be typed into. */
  notebookShownMs: momentMsSchema.optional(),
  /** The output of the first cell is visible. */
  cellShownMs: momentMsSchema.optional(),
  expression: z.string(),
  expected: z.string(),
  /** The text on the screen; null where there was none. */
  actual: z.string().nullable(),
  /** Why it came to no output. */
  error: z.string().optional(),
  /** How many kernels JupyterLab started for the notebook; absent in older records, and where it came to no output. */
  kernels: z.int().nonnegative().optional(),
});

/** What users of a browser have seen, one at a time, after the judged rounds. */
export const browserSchema = z.object({
  /** The browser's own name for its version. */
  version: z.string(),
  starts: z.array(browserStartSchema),
});

/** The moments of a start, in their order. */
export const BROWSER_MOMENTS = ['serverShown', 'labShown', 'notebookShown', 'cellShown'] as const;

export type BrowserMoment = (typeof BROWSER_MOMENTS)[number];

export function momentKey<Moment extends BrowserMoment>(moment: Moment): `${Moment}Ms` {
  return `${moment}Ms`;
}

export type BrowserStart = Readonly<z.infer<typeof browserStartSchema>>;
export type BrowserRecord = Readonly<z.infer<typeof browserSchema>>;
