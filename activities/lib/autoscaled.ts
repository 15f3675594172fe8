import type { PlanEntry } from '../../src/core/migration/plan-entry.ts';
import type { StoredPlan } from '../../src/core/migration/plan-summary.ts';
import { objectKey, parseApiVersion } from '../../src/core/resource.ts';
import type { Session } from './session.ts';
import { readBatch } from './plan-batch.ts';
import { transformContext } from './transform-context.ts';

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
      for await (const { entry, outcome } of readBatch(session, batch, context, signal, isAutoscaler)) {
        const { apiVersion = 'v1', kind, name } = (JSON.parse(outcome.text) as Autoscaler).spec.scaleTargetRef;
        const { group } = parseApiVersion(apiVersion);
        keys.add(objectKey({ group, kind, namespace: entry.ref.namespace, name }));
      }
    }
  }
  return keys;
}
