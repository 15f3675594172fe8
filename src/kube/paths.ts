import { describeRef, groupResource, type ApiResource } from '../core/resource.ts';
import type { ObjectAddress } from '../ports/cluster.ts';

/** The part of a kind that its paths are made of. */
export type PathResource = Pick<ApiResource, 'group' | 'version' | 'plural' | 'namespaced' | 'kind'>;

/** Pods, whose logs and command channels are subresources. */
export const podResource: PathResource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

/** Path of a kind, in one namespace or (namespace '') over all. Cluster-scoped kinds ignore the namespace. */
export function collectionPath(resource: PathResource, namespace: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== '' ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${resource.plural}`;
}

/** An object as its path and its messages name it. */
export interface PathAddress extends Omit<ObjectAddress, 'resource'> {
  readonly resource: PathResource;
}

/** Path of one object, or of a subresource of it. */
export function objectPath({ resource, namespace, name }: PathAddress, subresource = ''): string {
  const path = `${collectionPath(resource, namespace)}/${segment(name)}`;
  return subresource === '' ? path : `${path}/${segment(subresource)}`;
}

/**
 * Names are case-sensitive and may hold spaces, `?#&`, quotes, line breaks and NUL (api-server-facts 26): everything but
 * letters, digits and `-_.!~*'()` is percent-encoded as UTF-8. A lone surrogate cannot be encoded and cannot be a name.
 */
function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Query string with a leading '?', or '' when nothing is set; undefined values are omitted, arrays repeat the key. */
export function queryString(query: Readonly<Record<string, QueryValue>>): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) parts.append(key, one);
  }
  const text = parts.toString();
  return text === '' ? '' : `?${text}`;
}

export type QueryValue = string | number | boolean | readonly string[] | undefined;

/** `metadata.name=x` as a field selector; `\`, `,` and `=` are escaped (apimachinery fields.EscapeValue). */
export function nameSelector(name: string): string {
  return `metadata.name=${name.replaceAll(/[\\,=]/g, String.raw`\$&`)}`;
}

/** How messages call an object: `ConfigMap shop/web`. */
export function subjectOf({ resource, namespace, name }: PathAddress): string {
  return describeRef({
    group: resource.group,
    kind: resource.kind,
    namespace: resource.namespaced ? namespace : '',
    name,
  });
}

/** How messages call a list: `configmaps in shop`, `clusterroles.rbac.authorization.k8s.io`. */
export function collectionSubject(resource: PathResource, namespace: string): string {
  return resource.namespaced && namespace !== ''
    ? `${groupResource(resource)} in ${namespace}`
    : groupResource(resource);
}
