import type { PlanEntry } from '../../core/planning/plan-entry.ts';
import type { StoredPlan } from '../../core/planning/plan-summary.ts';
import { objectKey, parseApiVersion } from '../../core/resource.ts';
import { readBatch } from '../planning/plan-batch.ts';
import { transformContext } from '../planning/transform-context.ts';
import type { Session } from '../session.ts';

function isAutoscaler({ ref }: Pick<PlanEntry, 'ref'>): boolean {
  return ref.kind === 'HorizontalPodAutoscaler';
}

interface Autoscaler {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
  };
}

/** Keys of the objects whose replicas an autoscaler of the plan sets: their number is not part of what was meant. */
export async function readAutoscaled(
  session: Session<never>,
  plan: StoredPlan,
  signal: AbortSignal
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const wave of plan.waves) {
    if (wave.settle) continue;
    for (const batch of wave.batches) {
      const context = transformContext(session.spec, []);
      for await (const { entry, outcome } of readBatch(session, batch, { context, signal, wanted: isAutoscaler })) {
        const { apiVersion = 'v1', kind, name } = (JSON.parse(outcome.text) as Autoscaler).spec.scaleTargetRef;
        const { group } = parseApiVersion(apiVersion);
        keys.add(objectKey({ group, kind, namespace: entry.ref.namespace, name }));
      }
    }
  }
  return keys;
}
