import type { Webhook } from '../kube-objects.ts';
import { matchesLabels, selectorOf } from '../select/labels.ts';

/** A request to an API server as admission sees it. */
export interface AdmissionRequest {
  readonly group: string;
  /** Versions the kind is served in: a webhook is asked for all of them unless `matchPolicy` is Exact. */
  readonly versions: readonly string[];
  readonly plural: string;
  /** '' for what is in no namespace. */
  readonly namespace: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly labels: Readonly<Record<string, string>>;
  /** Of the namespace; of the object itself for a Namespace; absent for everything else that is in none. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

/** `maybe`: its matchConditions decide, which are expressions over the request. */
export type Reach = 'yes' | 'maybe' | 'no';

/**
 * Whether the server asks a webhook about a request: rules, then both selectors, then matchConditions
 * (apiserver/pkg/admission/plugin/webhook: `ShouldCallHook`). A selector that is not there selects everything.
 */
export function reachOf(webhook: Webhook, request: AdmissionRequest): Reach {
  const { rules = [], objectSelector, namespaceSelector, matchConditions = [], matchPolicy } = webhook;
  if (isExempt(request)) return 'no';
  if (!rules.some((rule) => isRuleFor(rule, request, matchPolicy === 'Exact'))) return 'no';
  if (!matchesLabels(selectorOf(objectSelector), request.labels)) return 'no';
  const { namespaceLabels } = request;
  if (namespaceLabels !== undefined && !matchesLabels(selectorOf(namespaceSelector), namespaceLabels)) return 'no';
  return matchConditions.length > 0 ? 'maybe' : 'yes';
}

type Rule = NonNullable<Webhook['rules']>[number];

function isRuleFor(rule: Rule, request: AdmissionRequest, isExact: boolean): boolean {
  const { group, versions, plural, operation, namespace } = request;
  const { apiGroups = [], apiVersions = ['*'], operations = [], resources = [], scope = '*' } = rule;
  const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value);
  const asked = isExact ? versions.slice(0, 1) : versions;
  if (scope !== '*' && (scope === 'Namespaced') !== (namespace !== '')) return false;
  return (
    has(apiGroups, group) &&
    asked.some((version) => has(apiVersions, version)) &&
    has(operations, operation) &&
    resources.some((resource) => isResource(resource, plural))
  );
}

/** `pods/*` is the kind and its subresources, `pods/status` only the subresource (rules.Matcher). */
function isResource(rule: string, plural: string): boolean {
  const [resource = '', subresource = ''] = rule.split('/');
  return (resource === '*' || resource === plural) && (subresource === '' || subresource === '*');
}

/** Nobody is asked about these: a webhook must not be able to keep itself (`IsExemptAdmissionConfigurationResource`). */
const exempt: ReadonlySet<string> = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

function isExempt({ group, plural }: AdmissionRequest): boolean {
  return group === 'admissionregistration.k8s.io' && exempt.has(plural);
}
