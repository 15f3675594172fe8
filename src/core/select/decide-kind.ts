import type { ApiResource } from '../resource.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { leftOut, taken, type Decision } from './decision.ts';
import { kindRules } from './kind-rules.ts';
import { compileScope } from './scope.ts';

/**
 * Whether objects of a kind are listed at all. Cluster-scoped kinds other than Namespace come only by name in
 * `kinds`, or one by one as dependencies (`clusterDependencies`). Namespaces stay unless they are excluded by name.
 */
export function decideKind(resource: ApiResource, scope: ScopeSpec): Decision {
  const never = kindRules.find(
    (row) => row.group === resource.group && (row.kinds.length === 0 || row.kinds.includes(resource.kind))
  );
  if (never !== undefined) return leftOut(never.rule, never.reason);
  if (!resource.verbs.includes('list')) return leftOut('kind/not-listable', 'the server does not list this kind');
  if (!resource.verbs.includes('create'))
    return leftOut('kind/not-creatable', 'the server lets nobody create this kind');
  const compiled = compileScope(scope);
  if (compiled.kindExcluded(resource)) return leftOut('scope/exclude-kind', 'excluded by excludeKinds');
  const isNamespace = resource.group === '' && resource.kind === 'Namespace';
  if (isNamespace) return taken;
  if (compiled.kindIncluded !== undefined) {
    return compiled.kindIncluded(resource) ? taken : leftOut('scope/kind', 'not among kinds');
  }
  if (resource.namespaced) return taken;
  return scope.clusterScoped === 'none'
    ? leftOut('scope/cluster', 'clusterScoped is none')
    : leftOut('scope/dependency', 'cluster-scoped; only those that objects in scope need are taken, each by name');
}
