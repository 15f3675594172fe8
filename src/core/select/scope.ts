import type { ScopeSpec } from '../spec/spec.ts';
import { compileGlobs } from './glob.ts';
import { compileKinds, type KindMatcher } from './kinds.ts';
import { parseLabelSelector, type LabelSelector } from './labels.ts';

/** A scope with its patterns compiled. */
export interface CompiledScope {
  readonly namespaceIn: (name: string) => boolean;
  /** Named letter by letter, not by a wildcard: what is otherwise excluded for being the system's is then included. */
  readonly namespaceNamed: (name: string) => boolean;
  /** In scope, and no namespace of the cluster itself unless it is named. */
  readonly namespaceTaken: (name: string) => boolean;
  readonly kindExcluded: KindMatcher;
  /** Undefined: every kind. */
  readonly kindIncluded: KindMatcher | undefined;
  readonly selector: LabelSelector;
}

/** Namespaces of the cluster itself: taken only when the scope names them. */
export const systemNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

const compiled = new WeakMap<ScopeSpec, CompiledScope>();

/** Compiles a scope once; throws CONFIG_INVALID when its selector does not parse. An empty namespace list is all. */
export function compileScope(scope: ScopeSpec): CompiledScope {
  const known = compiled.get(scope);
  if (known !== undefined) return known;
  const included = compileGlobs(scope.namespaces.length === 0 ? ['*'] : scope.namespaces);
  const excluded = compileGlobs(scope.excludeNamespaces);
  const exact = new Set(scope.namespaces);
  const result: CompiledScope = {
    namespaceIn: (name) => included(name) && !excluded(name),
    namespaceNamed: (name) => exact.has(name),
    namespaceTaken: (name) => included(name) && !excluded(name) && (!systemNamespaces.has(name) || exact.has(name)),
    kindExcluded: compileKinds(scope.excludeKinds),
    kindIncluded: scope.kinds.length === 0 || scope.kinds.includes('*') ? undefined : compileKinds(scope.kinds),
    selector: parseLabelSelector(scope.labelSelector),
  };
  compiled.set(scope, result);
  return result;
}
