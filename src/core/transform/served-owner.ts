import { apiVersionOf, parseApiVersion, type ApiResource } from '../resource.ts';
import type { OwnerLink } from './rule.ts';

/**
 * The resource an owner is read by on the target, and the apiVersion that names it there: the one of the link when the target
 * serves it, else another one it serves. The garbage collector asks for the owner in just that version, and an owner in one
 * that nobody serves can never be found. Undefined when the target does not serve the kind.
 */
export function servedOwner(
  link: Pick<OwnerLink, 'owner' | 'apiVersion'>,
  resources: readonly ApiResource[]
): { readonly resource: ApiResource; readonly apiVersion: string } | undefined {
  const { version } = parseApiVersion(link.apiVersion);
  const same = resources.filter(({ group, kind }) => group === link.owner.group && kind === link.owner.kind);
  const resource = same.find((served) => served.version === version) ?? same[0];
  return resource === undefined ? undefined : { resource, apiVersion: apiVersionOf(resource) };
}
