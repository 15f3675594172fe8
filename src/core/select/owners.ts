import { parseApiVersion, type ApiResource, type ObjectRef } from '../resource.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { decideKind } from './decide-kind.ts';
import { leftOut, taken, type Decision } from './decision.ts';
import type { ObjectHead, OwnerReference } from './head.ts';

/** What is known of an owner: taken along, left out or filtered, gone from the source, or not known yet. */
export type OwnerState = 'in' | 'out' | 'gone' | 'unknown';

export interface OwnerContext {
  /** Kinds the source serves. */
  readonly resources: readonly ApiResource[];
  /** What the caller knows of an owner, e.g. from an index by uid. Absent: judged by the owner's kind alone. */
  readonly ownerState?: (owner: OwnerReference, ref: ObjectRef) => OwnerState;
}

/** Built-in controllers and what each makes again by itself. */
const remade: Readonly<Record<string, readonly string[]>> = {
  'apps/Deployment': ['ReplicaSet'],
  'apps/ReplicaSet': ['Pod'],
  'apps/StatefulSet': ['Pod', 'ControllerRevision'],
  'apps/DaemonSet': ['Pod', 'ControllerRevision'],
  '/ReplicationController': ['Pod'],
  'batch/Job': ['Pod'],
  'batch/CronJob': ['Job'],
  '/Service': ['EndpointSlice', 'Endpoints'],
  '/Endpoints': ['EndpointSlice'],
  // A generic ephemeral volume (KEP-1698) and a claim of devices (KEP-4381) live and die with their pod.
  '/Pod': ['PersistentVolumeClaim', 'ResourceClaim', 'PodMetrics'],
};

/**
 * Kinds that any controller, also one Landfall does not know, makes again from what it owns. Everything else that a
 * custom resource owns is taken: a generated password in a Secret is data, and an operator would invent another.
 */
const computed: ReadonlySet<string> = new Set([
  '/Pod',
  'apps/ReplicaSet',
  'apps/ControllerRevision',
  'discovery.k8s.io/EndpointSlice',
  'batch/Job',
]);

/**
 * Decides an object by its controller. A claim of a StatefulSet is taken although it has an owner: it is the data, and
 * made first, without its owner (api-server behaviour observed 1.34, fact 2). An owner that is gone, out of scope or
 * of a kind the source does not serve makes nothing again, so the object is taken.
 */
export function decideOwned(head: ObjectHead, scope: ScopeSpec, context: OwnerContext): Decision {
  const owner = head.ownerReferences.find((reference) => reference.controller);
  if (owner === undefined) return taken;
  const group = parseApiVersion(owner.apiVersion).group;
  const ownKind = `${head.ref.group}/${head.ref.kind}`;
  const known = remade[`${group}/${owner.kind}`];
  const again = known === undefined ? computed.has(ownKind) : known.includes(head.ref.kind);
  if (!again) return taken;
  if (group === '' && owner.kind === 'Node') return leftOut('owned/node', 'made by a node for itself');
  const state = context.ownerState?.(owner, head.ref) ?? 'unknown';
  if (state === 'out' || state === 'gone') return taken;
  if (state === 'unknown' && !ownerKindIsIn(owner, group, scope, context)) return taken;
  return leftOut('owned/controller', `made again by its owner, ${owner.kind} ${owner.name}`);
}

function ownerKindIsIn(owner: OwnerReference, group: string, scope: ScopeSpec, context: OwnerContext): boolean {
  const resource = context.resources.find((served) => served.group === group && served.kind === owner.kind);
  return resource !== undefined && decideKind(resource, scope).in;
}
