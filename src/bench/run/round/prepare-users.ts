import type { BenchPlan } from '../../plan/bench-plan.ts';
import type { PreparedUser } from './launch-user.ts';
import type { RoundPorts } from '../../target/ports.ts';

/** Everything that a user needs but that isn't part of the start happens before the barrier. */
export async function prepareUsers(
  prefix: string,
  { expressions }: BenchPlan,
  { hub, userName, signal }: Pick<RoundPorts, 'hub' | 'userName' | 'signal'>,
): Promise<readonly PreparedUser[]> {
  const named = expressions.map((expression, number) => ({
    index: number,
    user: userName?.(number) ?? `${prefix}-u${number + 1}`,
    expression,
  }));
  await hub.createUsers(
    named.map(({ user }) => user),
    signal,
  );
  return Promise.all(named.map(async (one) => ({ ...one, token: await hub.createToken(one.user, signal) })));
}
