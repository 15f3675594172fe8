import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import type { SelectedObject } from '../select/dependencies.ts';
import { policyFinding } from './finding.ts';
import type { EdgeScope, Referrer } from './edge-scope.ts';
import { relationTo, type LabelledNamespace, type Relation } from './selects.ts';

const group = 'admissionregistration.k8s.io';

/**
 * Admission policies of the API server (validating and mutating) that act on a namespace: both the policy and a binding
 * must match it, and a policy without a binding acts on nothing. Each binding is one finding, which names its policy.
 */
export function admissionPolicies(objects: readonly SelectedObject[], scope: EdgeScope): readonly Referrer[] {
  const own = objects.filter(({ resource }) => resource.group === group && /AdmissionPolicy/.test(resource.kind));
  const policies = new Map(own.map((one) => [`${one.resource.kind}/${one.head.ref.name}`, one]));
  return own.flatMap((binding): Referrer[] => {
    if (!binding.resource.kind.endsWith('Binding')) return [];
    const spec = read(binding.text, '/spec');
    if (!isJsonObject(spec)) return [];
    const name = asText(spec['policyName']);
    const policy = policies.get(`${binding.resource.kind.replace(/Binding$/, '')}/${name}`);
    const constraints = policy === undefined ? undefined : read(policy.text, '/spec/matchConstraints');
    const params = spec['paramRef'];
    const paramNamespace = isJsonObject(params) ? asText(params['namespace']) : '';
    const related = scope.namespaces.flatMap((namespace) => {
      const relation = combined(spec['matchResources'], constraints, namespace);
      const known = relation ?? (paramNamespace === namespace.name ? 'names' : undefined);
      return known === undefined ? [] : [{ relation: known, name: namespace.name }];
    });
    const [first] = related.toSorted((one, other) => Number(one.relation === 'all') - Number(other.relation === 'all'));
    if (first === undefined) return [];
    const names = related.filter(({ relation }) => relation === first.relation).map((one) => one.name);
    const finding = policyFinding(binding, first.relation, names);
    return [{ object: binding, finding: { ...finding, message: `${finding.message}; its policy is ${name}` } }];
  });
}

/** Of two selectors that both have to hold the one that says more; without any both take every namespace. */
function combined(
  binding: JsonValue | undefined,
  policy: JsonValue | undefined,
  namespace: LabelledNamespace
): Relation | undefined {
  const relations = [binding, policy].map((match) => {
    const selector = isJsonObject(match) ? match['namespaceSelector'] : undefined;
    return selector === undefined ? 'all' : relationTo({ namespaceSelector: selector }, namespace);
  });
  if (relations.includes(undefined)) return undefined;
  return relations.find((one) => one !== 'all') ?? 'all';
}
