/** One thing that a child of a snapshot was asked, and whether it answered as it should. */
export interface Verified {
  readonly check: string;
  readonly passed: boolean;
  readonly found: string;
  readonly durationMs: number;
}
