import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { ScopeSpec } from '../spec/spec.ts';
import { decideKind } from './decide-kind.ts';
import { excluded, taken, type Decision } from './decision.ts';
import type { SelectedObject } from './dependencies.ts';
import { decideDerived } from './derived.ts';
import type { ObjectHead } from './head.ts';
import { matchesLabels } from './labels.ts';
import { runStateOf } from './ended.ts';
import { decideEndpoints, serviceNameOf, type ServiceContext } from './endpoints.ts';
import { decideOwned, type OwnerContext } from './owners.ts';
import { compileScope, systemNamespaces } from './scope.ts';

export interface SelectionContext extends OwnerContext, ServiceContext {
  /** The namespace Landfall works in: never part of an application. */
  readonly landfallNamespace: string;
  /** Namespaces that carry an exclusion label or are going away (`decideNamespace` said so): name to reason. */
  readonly excludedNamespaces: Readonly<Record<string, string>>;
}

const exclusionLabels = ['velero.io/exclude-from-backup', 'landfall.dev/exclude'] as const;

/**
 * Decides one object: in, or excluded by a named rule. The order is from what cannot travel to what the user did not
 * ask for to what the target makes by itself, so the reason reported is the strongest one.
 */
export function decideObject(object: SelectedObject, scope: ScopeSpec, context: SelectionContext): Decision {
  const { head, resource } = object;
  const kind = decideKind(resource, scope);
  // An object of a cluster-scoped kind that is asked for was picked as a dependency, by name.
  if (!kind.in && kind.rule !== 'scope/dependency') return kind;
  if (resource.group === '' && resource.kind === 'Namespace') return decideNamespace(head, scope, context);
  if (resource.namespaced) {
    const namespace = decideInNamespace(head.ref.namespace, scope, context);
    if (!namespace.in) return namespace;
  }
  const marks = decideMarks(head);
  if (!marks.in) return marks;
  // A dependency is taken because something in scope needs it, whatever its own labels are.
  const selected = kind.in ? decideSelector(head, scope) : taken;
  if (!selected.in) return selected;
  const life = decideLife(object);
  if (!life.in) return life;
  for (const decide of [decideDerivedOf, decideEndpointsOf, decideOwnedOf]) {
    const decision = decide(object, scope, context);
    if (!decision.in) return decision;
  }
  return taken;
}

/** Decides a Namespace object, and by it everything inside. */
export function decideNamespace(head: ObjectHead, scope: ScopeSpec, context: SelectionContext): Decision {
  const inside = decideInNamespace(head.ref.name, scope, context);
  if (!inside.in) return inside;
  return decideMarks(head);
}

function decideInNamespace(name: string, scope: ScopeSpec, context: SelectionContext): Decision {
  const compiled = compileScope(scope);
  if (name === context.landfallNamespace) return excluded('scope/landfall', 'the namespace that Landfall works in');
  if (!compiled.namespaceIn(name)) return excluded('scope/namespace', 'its namespace is not in scope');
  if (systemNamespaces.has(name) && !compiled.namespaceNamed(name)) {
    return excluded('scope/system-namespace', 'a system namespace of the cluster; name it explicitly to move it');
  }
  const excludedBy = Object.hasOwn(context.excludedNamespaces, name) ? context.excludedNamespaces[name] : undefined;
  return excludedBy === undefined ? taken : excluded('label/namespace', `its namespace is excluded: ${excludedBy}`);
}

function decideMarks(head: ObjectHead): Decision {
  // Create drops deletionTimestamp without a word: the object would come back to life (fact 6).
  if (head.deletionTimestamp !== '') return excluded('object/terminating', 'it is being deleted on the source');
  const label = exclusionLabels.find((name) => head.labels[name] === 'true');
  return label === undefined ? taken : excluded('label/exclude', `labelled ${label}=true`);
}

function decideSelector(head: ObjectHead, scope: ScopeSpec): Decision {
  return matchesLabels(compileScope(scope).selector, head.labels)
    ? taken
    : excluded('scope/label', 'its labels do not match labelSelector');
}

function decideLife({ head, text, resource }: SelectedObject): Decision {
  const key = `${head.ref.group}/${head.ref.kind}`;
  if (key === '/Pod') return decidePod(head, text);
  if (key === 'batch/Job' && isFinishedJob(text)) return excluded('object/completed', 'the Job has finished');
  // Where status is no subresource a create keeps it, and with it the mark of the end.
  if (!resource.subresources.includes('status')) return taken;
  return runStateOf(head.ref, text)?.state === 'ended'
    ? excluded('object/completed', `this ${head.ref.kind} has finished; without its status it would run again`)
    : taken;
}

function decidePod(head: ObjectHead, text: string): Decision {
  if (head.annotations['kubernetes.io/config.mirror'] !== undefined) {
    return excluded('object/mirror-pod', 'a static pod of a node');
  }
  const phase = read(text, '/status/phase');
  return phase === 'Succeeded' || phase === 'Failed'
    ? excluded('object/completed', `the pod has ended (${phase})`)
    : taken;
}

/**
 * Conditions of a Job whose outcome stands. The last two come before its last pods have gone (KEP-3998, KEP-3939): from then on
 * its controller starts none, and without them it would start from the beginning.
 */
const endConditions: ReadonlySet<unknown> = new Set(['Complete', 'Failed', 'SuccessCriteriaMet', 'FailureTarget']);

function isFinishedJob(text: string): boolean {
  if (read(text, '/status/completionTime') !== undefined) return true;
  const conditions = read(text, '/status/conditions');
  return (
    Array.isArray(conditions) &&
    (conditions as readonly JsonValue[]).some(
      (condition) => isJsonObject(condition) && condition['status'] === 'True' && endConditions.has(condition['type'])
    )
  );
}

function decideDerivedOf({ head, text }: SelectedObject, _scope: ScopeSpec, context: SelectionContext): Decision {
  return decideDerived(head, text, context);
}

function decideEndpointsOf({ head, text }: SelectedObject, _scope: ScopeSpec, context: SelectionContext): Decision {
  return decideEndpoints(head, text, context);
}

function decideOwnedOf({ head }: SelectedObject, scope: ScopeSpec, context: SelectionContext): Decision {
  // Its controller owns the slice of a Service also when it writes it no longer.
  const service = serviceNameOf(head);
  if (service !== '' && context.serviceOf?.(head.ref.namespace, service)?.hasSelector === false) return taken;
  return decideOwned(head, scope, context);
}
