import { isBuiltInGroup } from '../graph/groups.ts';
import { applyPatch } from '../json/patch.ts';
import { read } from '../json/node.ts';
import { planDigest } from '../planning/desired-object.ts';
import { asText, isJsonObject } from '../json/value.ts';
import { parseApiVersion } from '../resource.ts';
import type { ObjectRef } from '../resource.ts';
import type { TransformOutcome } from '../transform/rule.ts';
import type { DriftAllowance } from './plan.ts';

/** Kinds an autoscaler scales; a custom kind with `spec.replicas` counts as well once an autoscaler names it. */
const scaledKinds: ReadonlySet<string> = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/ReplicaSet',
  '/ReplicationController',
]);

/** cert-manager writes it on every Secret a Certificate owns, and renews the Secret by itself. */
const certificateAnnotation = 'cert-manager.io/certificate-name';

/** What of an object may move by itself, and the text its digest is then made of. */
export interface Drifting {
  readonly allow: DriftAllowance;
  /** To be hashed. */
  readonly text: string;
}

/**
 * What of an object may move between approval and run:
 *
 *   object                                 | part          | allowance
 *   Secret that a Certificate owns         | data          | certificate
 *   custom kind with a status              | status        | status
 *   workload that has a number of replicas | spec.replicas | replicas, where an autoscaler sets it
 *
 * Built-in kinds lose their status on the way and need no allowance. Undefined where nothing may.
 */
export function driftingOf(
  ref: ObjectRef,
  outcome: TransformOutcome,
  annotations: Readonly<Record<string, string>>
): Drifting | undefined {
  const kind = `${ref.group}/${ref.kind}`;
  if (kind === '/Secret' && annotations[certificateAnnotation] !== undefined) {
    return drifting('certificate', '/data', outcome);
  }
  if (scaledKinds.has(kind)) return drifting('replicas', '/spec/replicas', outcome);
  if (!isBuiltInGroup(ref.group) && outcome.text.includes('"status"')) return drifting('status', '/status', outcome);
  return undefined;
}

function drifting(allow: DriftAllowance, path: string, outcome: TransformOutcome): Drifting | undefined {
  if (read(outcome.text, path) === undefined) return undefined;
  return { allow, text: planDigest({ ...outcome, text: applyPatch(outcome.text, [{ op: 'remove', path }]) }) };
}

/** What an autoscaler scales; undefined of every other object. */
export function scaledBy({ ref, text }: Pick<TransformOutcome, 'ref' | 'text'>): ObjectRef | undefined {
  if (ref.kind !== 'HorizontalPodAutoscaler') return undefined;
  const target = read(text, '/spec/scaleTargetRef');
  if (!isJsonObject(target)) return undefined;
  const { group } = parseApiVersion(asText(target['apiVersion'], 'v1'));
  return { group, kind: asText(target['kind']), namespace: ref.namespace, name: asText(target['name']) };
}

/** In words, for people and for the plan. */
export const driftReasons: Readonly<Record<DriftAllowance, { readonly what: string; readonly why: string }>> = {
  replicas: { what: 'spec.replicas of workloads', why: 'an autoscaler sets it' },
  certificate: { what: 'data of Secrets owned by a Certificate', why: 'it is renewed automatically' },
  status: { what: 'status of custom resources', why: 'their controllers write it' },
};
