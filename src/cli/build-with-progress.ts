import type { ParentPlan } from '../parent/parent-plan.ts';
import type { ParentRecord } from '../parent/parent-record.ts';
import { startProgress } from './progress.ts';
import { withInterruption } from './with-interruption.ts';

/** What `parent build` and `parent rebuild` have in common. */
export async function buildWithProgress(
  plan: ParentPlan,
  { rebuild }: { readonly rebuild: boolean },
): Promise<ParentRecord> {
  const { buildParent } = await import('../parent/build-parent.ts');
  const progress = startProgress();
  return withInterruption(async (signal) =>
    buildParent(plan, { rebuild, signal, onProgress: progress.update.bind(progress) }),
  ).finally(() => progress.end());
}
