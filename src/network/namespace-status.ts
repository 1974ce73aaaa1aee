/** Whether the host's connections reach the guest of a network namespace. */
export interface NamespaceStatus {
  readonly namespace: string;
  /** At which the host finds it; null: nothing leads from the host into it. */
  readonly address: string | null;
  /** Whether `network up` has made its rules in it. */
  readonly hasRules: boolean;
  /** Whether its kernel hands packets on at all. */
  readonly forwards: boolean;
}

export function isReachable({ address, hasRules, forwards }: NamespaceStatus): boolean {
  return address !== null && hasRules && forwards;
}
