import type { ApiResource } from '../resource.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { excluded, taken, type Decision } from './decision.ts';
import { kindRules, type KindRule } from './kind-rules.ts';
import { compileScope } from './scope.ts';

/**
 * Whether objects of a kind are listed at all. Cluster-scoped kinds other than Namespace come only by name in
 * `kinds`, or one by one as dependencies (`clusterDependencies`). Namespaces stay unless they are excluded by name.
 */
export function decideKind(resource: ApiResource, scope: ScopeSpec): Decision {
  const never = ruleOf(resource);
  if (never !== undefined) return excluded(never.rule, never.reason);
  if (!resource.verbs.includes('list')) return excluded('kind/not-listable', 'the server does not list this kind');
  if (!resource.verbs.includes('create'))
    return excluded('kind/not-creatable', 'the server does not allow this kind to be created');
  const compiled = compileScope(scope);
  if (compiled.kindExcluded(resource)) return excluded('scope/exclude-kind', 'excluded by excludeKinds');
  const isNamespace = resource.group === '' && resource.kind === 'Namespace';
  if (isNamespace) return taken;
  if (compiled.kindIncluded !== undefined) {
    return compiled.kindIncluded(resource) ? taken : excluded('scope/kind', 'not listed in kinds');
  }
  if (resource.namespaced) return taken;
  return scope.clusterScoped === 'none'
    ? excluded('scope/cluster', 'clusterScoped is none')
    : excluded('scope/dependency', 'cluster-scoped; only objects that those in scope need are moved, each by name');
}

/**
 * Whether objects of a kind that is not taken are counted all the same: each belongs to a namespace of the scope and is
 * excluded by a rule. Not counted: what the file excludes, and what the table says is not.
 */
export function isCounted(resource: ApiResource, scope: ScopeSpec): boolean {
  if (!resource.namespaced || !resource.verbs.includes('list')) return false;
  const decision = decideKind(resource, scope);
  if (decision.in || !decision.rule.startsWith('kind/')) return false;
  if (compileScope(scope).kindExcluded(resource)) return false;
  return ruleOf(resource)?.uncounted !== true;
}

function ruleOf(resource: ApiResource): KindRule | undefined {
  return kindRules.find(
    (row) => row.group === resource.group && (row.kinds.length === 0 || row.kinds.includes(resource.kind))
  );
}
