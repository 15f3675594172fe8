import { namespaceResource, parseApiVersion, type ApiResource } from '../../core/resource.ts';
import { decideNamespace, decideObject, type SelectionContext } from '../../core/select/decide-object.ts';
import type { Decision } from '../../core/select/decision.ts';
import {
  addressesOfEndpoints,
  hasSelector,
  serviceNameOf,
  type EndpointsService,
} from '../../core/select/endpoints.ts';
import { readHead, type ObjectHead } from '../../core/select/head.ts';
import type { OwnerState } from '../../core/select/owners.ts';
import type { RunSpec } from '../../core/spec/spec.ts';
import type { Cluster, RawObject } from '../../ports/cluster.ts';

export interface LiveScope {
  readonly spec: RunSpec;
  readonly source: Cluster;
  readonly signal: AbortSignal;
}

export interface LiveObject {
  readonly resource: ApiResource;
  readonly text: string;
}

/** A chain of controllers is short: Deployment, ReplicaSet, Pod. */
const ownersMax = 8;

const services: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  ...{ verbs: ['list', 'get'], subresources: ['status'] },
};
const endpoints: ApiResource = { ...services, kind: 'Endpoints', plural: 'endpoints', subresources: [] };

/**
 * Decides whether a run would take an object of the source as it is now, by the rules of selection and in their words.
 * Asks for its namespace, its controllers and its Service by name. Throws CLUSTER_*.
 */
export async function selectLive(scope: LiveScope, object: LiveObject): Promise<Decision> {
  const { resources } = await scope.source.discover({ signal: scope.signal });
  const context: SelectionContext = {
    resources,
    landfallNamespace: scope.spec.landfallNamespace,
    excludedNamespaces: {},
  };
  const { namespace } = readHead(object.text, object.resource).ref;
  const excludedNamespaces = namespace === '' ? {} : await excludedOf(scope, namespace, context);
  return decide(scope, object, { context: { ...context, excludedNamespaces } });
}

/** What the namespace itself is excluded for, as preflight finds it. */
async function excludedOf(
  { spec, source, signal }: LiveScope,
  name: string,
  context: SelectionContext
): Promise<Readonly<Record<string, string>>> {
  const live = await source.get({ resource: namespaceResource, namespace: '', name }, { signal });
  if (live === undefined) return {};
  const decision = decideNamespace(readHead(textOf(live), namespaceResource), spec.scope, context);
  return decision.in || decision.rule.startsWith('scope/') ? {} : { [name]: decision.reason };
}

async function decide(
  scope: LiveScope,
  { resource, text }: LiveObject,
  { context, depth = 0 }: { readonly context: SelectionContext; readonly depth?: number }
): Promise<Decision> {
  const head = readHead(text, resource);
  const state = await ownerStateOf(scope, head, { context, depth });
  const service = await serviceOf(scope, head);
  return decideObject({ head, text, resource }, scope.spec.scope, {
    ...context,
    ...(state === undefined ? {} : { ownerState: () => state }),
    serviceOf: () => service,
  });
}

async function ownerStateOf(
  scope: LiveScope,
  head: ObjectHead,
  { context, depth }: { readonly context: SelectionContext; readonly depth: number }
): Promise<OwnerState | undefined> {
  const owner = head.ownerReferences.find(({ controller }) => controller);
  if (owner === undefined || depth >= ownersMax) return undefined;
  const { group } = parseApiVersion(owner.apiVersion);
  const resource = context.resources.find((one) => one.group === group && one.kind === owner.kind);
  if (resource === undefined) return undefined;
  const namespace = resource.namespaced ? head.ref.namespace : '';
  const live = await scope.source.get({ resource, namespace, name: owner.name }, { signal: scope.signal });
  if (live === undefined) return 'gone';
  const text = textOf(live);
  if (readHead(text, resource).uid !== owner.uid) return 'gone';
  const decision = await decide(scope, { resource, text }, { context, depth: depth + 1 });
  // An owner that its own controller makes again is there as well.
  if (decision.in || decision.rule === 'owned/controller') return 'in';
  return { rule: decision.rule, reason: decision.reason };
}

/** The Service that endpoints belong to; undefined where they belong to none, or where it is gone. */
async function serviceOf({ source, signal }: LiveScope, head: ObjectHead): Promise<EndpointsService | undefined> {
  const name = serviceNameOf(head);
  if (name === '') return undefined;
  const { namespace } = head.ref;
  const live = await source.get({ resource: services, namespace, name }, { signal });
  if (live === undefined) return undefined;
  if (hasSelector(textOf(live))) return { hasSelector: true, addresses: new Set() };
  const held = await source.get({ resource: endpoints, namespace, name }, { signal });
  const addresses = held === undefined ? new Set<string>() : addressesOfEndpoints(textOf(held));
  return { hasSelector: false, addresses };
}

function textOf({ bytes }: RawObject): string {
  return Buffer.from(bytes).toString('utf8');
}
