import { isBuiltInGroup } from '../graph/groups.ts';
import { mayRunPods } from '../graph/pod-places.ts';
import { podSpecPointer } from '../graph/pod-spec.ts';
import type { JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import type { TransformOutcome } from '../transform/rule.ts';
import { countKey } from './facts.ts';
import type { ScopeFacts, ScopeObject } from './facts.ts';
import type { Kube } from './kube-objects.ts';

type Plain = Readonly<Record<string, JsonValue>>;

/** What the planning pass keeps of the objects for its checks: little of each, and only of kinds that are judged. */
export interface PlannedObjects {
  add(source: { readonly ref: ObjectRef; readonly text: string }, outcome: TransformOutcome): void;
  /** Whether anything is there that the check of this id looks at. */
  concerns(check: string): boolean;
  scope(isThere: (target: ObjectRef) => boolean, there: Iterable<ObjectRef>): ScopeFacts;
}

/** Collects objects on their way into a plan. */
export function createPlannedObjects(): PlannedObjects {
  const kept: { readonly object: ScopeObject; readonly target: ObjectRef }[] = [];
  const counts = new Map<string, number>();
  const namespaces = new Set<string>();
  const seen = { custom: false, nodePorts: false, limited: false };
  return {
    add({ ref, text }, { ref: target, text: meantText, leftOut }) {
      const isUnserved = leftOut?.rule === 'served';
      if (leftOut !== undefined && !isUnserved) return;
      if (ref.namespace !== '') namespaces.add(ref.namespace);
      if (!isUnserved) counts.set(countKey(target), (counts.get(countKey(target)) ?? 0) + 1);
      const isCustom = !isBuiltInGroup(ref.group);
      if (!isCustom && !isKept(ref)) return;
      seen.custom ||= isCustom;
      seen.limited ||= ref.kind === 'PersistentVolumeClaim' || mayRunPods(text, ref);
      const isBare = isCustom && !mayRunPods(text, ref);
      const object = isBare ? bare(ref) : slim(ref, text);
      const meant = isBare || text === meantText ? object : slim(ref, meantText);
      if (ref.kind === 'Service' && /"(?:nodePort|healthCheckNodePort)":/.test(JSON.stringify(meant)))
        seen.nodePorts = true;
      const unserved = isUnserved ? ({ unserved: true } as const) : {};
      const scoped = { ref, targetNamespace: target.namespace, object, meant, leftOut: isUnserved, ...unserved };
      kept.push({ object: scoped, target });
    },
    concerns(check) {
      if (check === 'capacity/quota') return counts.size > 0;
      if (check === 'capacity/limit-ranges') return seen.limited;
      return check === 'traffic/node-ports' ? seen.nodePorts : seen.custom;
    },
    scope(isThere, there) {
      const coming = new Map(counts);
      for (const ref of there) {
        const key = countKey(ref);
        coming.set(key, (coming.get(key) ?? 0) - 1);
      }
      const objects = kept.map(({ object, target }) =>
        isThere(target) ? { ...object, isThere: true as const } : object
      );
      return {
        namespaces: [...namespaces].sort(),
        ...{ objects, counts: coming, secrets: [], addresses: [], written: [], leaving: [] },
      };
    },
  };
}

/** Kinds of which checks look into the object. */
function isKept(ref: ObjectRef): boolean {
  if (ref.group === 'rbac.authorization.k8s.io' || podSpecPointer(ref) !== undefined) return true;
  return ref.group === '' && (ref.kind === 'Service' || ref.kind === 'PersistentVolumeClaim');
}

function bare({ namespace, name }: ObjectRef): Kube {
  return { metadata: { namespace, name } };
}

/** What is large of an object is not judged: variables, probes and mounts of containers, status but for conditions. */
function slim(ref: ObjectRef, text: string): Kube {
  const { metadata: _, status, ...rest } = JSON.parse(text) as Plain;
  const { conditions, phase, capacity } = (status ?? {}) as Plain;
  const kept = JSON.parse(JSON.stringify(rest, withoutBulk)) as object;
  const state = Object.fromEntries(
    Object.entries({ conditions, phase, capacity }).filter(([, value]) => value !== undefined)
  );
  return { ...bare(ref), ...kept, ...(Object.keys(state).length === 0 ? {} : { status: state }) } as Kube;
}

const bulk: ReadonlySet<string> = new Set([
  ...['env', 'envFrom', 'volumeMounts', 'command', 'args', 'livenessProbe', 'readinessProbe', 'startupProbe'],
  ...['lifecycle', 'volumes', 'annotations', 'securityContext', 'topologySpreadConstraints'],
]);

function withoutBulk(key: string, value: unknown): unknown {
  return bulk.has(key) ? undefined : value;
}
