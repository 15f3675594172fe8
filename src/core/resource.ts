/**
 * The words for Kubernetes kinds and objects that every layer shares. Data only.
 */

/** A kind as the API server serves it (discovery): which path it lives under and what it allows. */
export interface ApiResource {
  /** API group; '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural used in paths, e.g. `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** Subresources served beside it, e.g. `status`, `scale`. */
  readonly subresources: readonly string[];
}

/** An object's identity inside one cluster, independent of the version it is read in. */
export interface ObjectRef {
  readonly group: string;
  readonly kind: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** `deployments.apps`, or `pods` in the core group: Velero's and kubectl's form. */
export function groupResource(resource: Pick<ApiResource, 'group' | 'plural'>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** `apps/v1`, or `v1` in the core group. */
export function apiVersionOf(gv: { readonly group: string; readonly version: string }): string {
  return gv.group === '' ? gv.version : `${gv.group}/${gv.version}`;
}

/** Splits an apiVersion into group and version. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/**
 * The key of an object in maps and indexes: `group/Kind/namespace/name`.
 * Unambiguous because '/' is refused in every one of the parts (api-machinery path segment validation).
 */
export function objectKey(ref: ObjectRef): string {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

/** The object a key of `objectKey` names. */
export function refOfKey(key: string): ObjectRef {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('/');
  return { group, kind, namespace, name };
}

/** How people read an object in messages: `Deployment shop/web`, `ClusterRole Shop:Admin`. */
export function describeRef(ref: ObjectRef): string {
  return ref.namespace === '' ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`;
}

/** Namespaces: every cluster serves them, so that nobody has to discover their kind first. */
export const namespaceResource: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  ...{ verbs: ['create', 'delete', 'get', 'list'], subresources: [] },
};
