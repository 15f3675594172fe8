import type { ApiResource } from '../resource.ts';
import type { PointSpec, RunSpec } from '../spec/spec.ts';
import { excluded, taken, type Decision } from './decision.ts';
import { compileGlobs } from './glob.ts';
import type { ObjectHead } from './head.ts';
import { compileKinds } from './kinds.ts';
import { matchesLabels } from './labels.ts';
import { compileScope } from './scope.ts';

/** What is known of an object of a recovery point before it is read. */
export interface StoredName {
  readonly resource: Pick<ApiResource, 'group' | 'kind' | 'plural' | 'namespaced'>;
  readonly namespace: string;
  readonly name: string;
}

type Restored = Pick<RunSpec, 'scope'> & { readonly point: Pick<PointSpec, 'include'> };

/**
 * Whether an object of a recovery point is restored, by its name: `scope` and the names of the Restore may take less than
 * the point holds. The capture has decided everything else.
 */
export function decideRestored(stored: StoredName, { scope, point }: Restored): Decision {
  const { resource, namespace, name } = stored;
  const compiled = compileScope(scope);
  const isNamespace = resource.group === '' && resource.kind === 'Namespace';
  const inside = isNamespace ? name : namespace;
  if (inside !== '' && !compiled.namespaceIn(inside)) {
    return excluded('restore/namespace', 'its namespace is not in the scope of the restore');
  }
  if (isNamespace) return taken;
  if (compiled.kindExcluded(resource))
    return excluded('restore/exclude-kind', 'excluded by excludeKinds of the restore');
  if (compiled.kindIncluded?.(resource) === false) {
    return excluded('restore/kind', 'its kind is not in the scope of the restore');
  }
  if (!resource.namespaced && scope.clusterScoped === 'none') {
    return excluded('restore/cluster', 'clusterScoped of the restore is none');
  }
  return isNamed(stored, point.include) ? taken : excluded('restore/name', 'the restore names other objects');
}

/** A restore that chooses objects, and not only namespaces: a Namespace in which it takes nothing is not restored either. */
export function isNarrowed({ scope, point }: Restored): boolean {
  return point.include !== undefined || scope.kinds.length > 0 || scope.labelSelector !== '';
}

/** Whether a run takes an object of its content: a restore may take less than its point holds, another run has captured all of it. */
export function decideTaken(
  { scope, point }: Pick<RunSpec, 'scope' | 'point'>,
  { resource, ref, labels }: Pick<StoredName, 'resource'> & Pick<ObjectHead, 'ref' | 'labels'>
): Decision {
  if (point === undefined) return taken;
  const named = decideRestored({ resource, namespace: ref.namespace, name: ref.name }, { scope, point });
  // Cluster-scoped ones come because others need them.
  if (!named.in || ref.namespace === '') return named;
  return matchesLabels(compileScope(scope).selector, labels)
    ? taken
    : excluded('restore/label', 'its labels do not match labelSelector of the restore');
}

const compiledNames = new WeakMap<NonNullable<PointSpec['include']>, (stored: StoredName) => boolean>();

function isNamed(stored: StoredName, include: PointSpec['include']): boolean {
  if (include === undefined) return true;
  const known = compiledNames.get(include) ?? compileNames(include);
  compiledNames.set(include, known);
  return known(stored);
}

function compileNames(include: NonNullable<PointSpec['include']>): (stored: StoredName) => boolean {
  const all = include.map(({ kind, namespace, name }) => ({
    isKind: compileKinds([kind]),
    isThere: namespace === undefined ? () => true : compileGlobs([namespace]),
    isName: compileGlobs([name]),
  }));
  return ({ resource, namespace, name }) =>
    all.some(({ isKind, isThere, isName }) => isKind(resource) && isThere(namespace) && isName(name));
}
