import type { ApiResource } from '../../core/resource.ts';
import { decideKind } from '../../core/select/decide-kind.ts';
import { decideObject } from '../../core/select/decide-object.ts';
import type { SelectedObject } from '../../core/select/dependencies.ts';
import type { ScopeSpec } from '../../core/spec/spec.ts';
import type { Cluster, Discovery } from '../../ports/cluster.ts';
import type { Session } from '../session.ts';

/** Everything of the given namespaces: what an unfiltered scope would take of them. */
const wholeScope = (namespaces: readonly string[]): ScopeSpec => ({
  namespaces,
  excludeNamespaces: [],
  kinds: [],
  excludeKinds: [],
  labelSelector: '',
  clusterScoped: 'none',
});

/** Namespaced kinds of which a person may have objects, as an unfiltered scope takes them. */
export function applicationKinds(resources: Discovery['resources']): Discovery['resources'] {
  const scope = wholeScope([]);
  return resources.filter((resource) => resource.preferred && resource.namespaced && decideKind(resource, scope).in);
}

/** Where to look for what a person has in namespaces, and how to distinguish it from what controllers make by themselves. */
export interface ApplicationLists {
  readonly lists: readonly { readonly resource: ApiResource; readonly namespace: string }[];
  isApplication(object: SelectedObject): boolean;
}

/** Every kind of every namespace that an unfiltered scope would take. */
export async function applicationLists(
  session: Session<never>,
  cluster: Cluster,
  { namespaces, signal }: { readonly namespaces: readonly string[]; readonly signal: AbortSignal }
): Promise<ApplicationLists> {
  const { resources } = await cluster.discover({ signal });
  const scope = wholeScope(namespaces);
  const kinds = applicationKinds(resources);
  const context = { resources, landfallNamespace: session.spec.landfallNamespace, excludedNamespaces: {} };
  return {
    lists: kinds.flatMap((resource) => namespaces.map((namespace) => ({ resource, namespace }))),
    isApplication: (object) => decideObject(object, scope, context).in,
  };
}
