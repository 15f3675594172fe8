import type { DesiredObject } from '../../core/planning/desired-object.ts';
import type { DesiredState } from '../../core/planning/desired-state.ts';
import { objectKey, parseApiVersion } from '../../core/resource.ts';
import { readBatch } from '../planning/desired-batch.ts';
import { transformContext } from '../planning/transform-context.ts';
import type { Session } from '../session.ts';

function isAutoscaler({ ref }: Pick<DesiredObject, 'ref'>): boolean {
  return ref.kind === 'HorizontalPodAutoscaler';
}

interface Autoscaler {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
  };
}

/** Keys of the objects whose replicas an autoscaler of the plan sets: their number is not part of the desired state. */
export async function readAutoscaled(
  session: Session<never>,
  plan: DesiredState,
  signal: AbortSignal
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const applyGroup of plan.applyGroups) {
    if (applyGroup.settle) continue;
    for (const batch of applyGroup.batches) {
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
