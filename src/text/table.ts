/** Figures as text, in rows; what a table looks like is the reporter's. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
