import { errorDetail } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { ApiResource } from '../resource.ts';
import { groupResource } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import { decideKind } from '../select/decide-kind.ts';
import { compileGlobs } from '../select/glob.ts';
import { kindRules } from '../select/kind-rules.ts';
import { compileScope } from '../select/scope.ts';
import type { ScopeSpec } from '../spec/spec.ts';

/** An API of a cluster that did not say what it serves. */
export interface UnansweredApi {
  /** `shop.example.org/v1`. */
  readonly groupVersion: string;
  readonly message: string;
  /** What it served when it last answered; empty where nobody knows. */
  readonly lastServed: readonly ApiResource[];
}

/** An API of the source that may hold objects of the scope, and that nobody could ask. */
export interface UnseenApi {
  readonly cluster: string;
  readonly groupVersion: string;
  readonly message: string;
  /** Kinds of the scope it served when it last answered, `plural.group`; empty where nobody knows. */
  readonly kinds: readonly string[];
}

/** Stands for a kind of an unknown name: only a pattern that takes any kind of a group matches it. */
const anyKind = '-';

/**
 * The unanswered APIs that may hold objects of the scope.
 *
 *   last known kinds           never taken, or not in scope            each is served in another version   else
 *   some                       not unseen                              not unseen                          unseen
 *   none                       whole group never taken, or excluded    -                                   unseen
 */
export function unseenApis(
  cluster: string,
  scope: ScopeSpec,
  {
    resources,
    unanswered,
  }: { readonly resources: readonly ApiResource[]; readonly unanswered: readonly UnansweredApi[] }
): readonly UnseenApi[] {
  const seen = new Set(resources.map(groupResource));
  return unanswered.flatMap(({ groupVersion, message, lastServed }) => {
    const wanted = lastServed.filter((kind) => decideKind(kind, scope).in).map(groupResource);
    const kinds = wanted.filter((kind) => !seen.has(kind));
    if (lastServed.length > 0 ? kinds.length === 0 : !mayHold(groupOf(groupVersion), scope)) return [];
    return [{ cluster, groupVersion, message, kinds }];
  });
}

/** Whether a scope could take a kind of a group of which no kind is known. */
function mayHold(group: string, scope: ScopeSpec): boolean {
  if (kindRules.some((row) => row.group === group && row.kinds.length === 0)) return false;
  const { kindExcluded, kindIncluded } = compileScope(scope);
  const any = { group, kind: anyKind, plural: anyKind };
  if (kindExcluded(any)) return false;
  if (kindIncluded === undefined || kindIncluded(any)) return true;
  // A kind named without a group is one that is seen; one that is not would be a mistake of the file.
  const groups = scope.kinds.flatMap((name) => (name.includes('.') ? [name.slice(name.indexOf('.') + 1)] : []));
  return compileGlobs(groups.map((name) => name.toLowerCase()))(group);
}

/** What preflight says of every unanswered API of a cluster. */
export function unansweredFindings(
  cluster: string,
  unanswered: readonly UnansweredApi[],
  unseen: readonly UnseenApi[]
): readonly Finding[] {
  return unanswered.map(({ groupVersion, message }) => {
    const one = unseen.find((api) => api.groupVersion === groupVersion);
    const kinds = one === undefined || one.kinds.length === 0 ? 'its kinds' : one.kinds.join(', ');
    return {
      code: 'DISCOVERY_INCOMPLETE',
      severity: one === undefined ? 'info' : 'warning',
      subject: `${cluster}: ${groupVersion}`,
      message:
        one === undefined
          ? `${message}; none of its kinds is in scope`
          : `${message}: ${kinds} cannot be discovered, so none of them moves and the run ends INCOMPLETE`,
      remedy: `repair the APIService, or exclude the group: scope.excludeKinds: ["*.${groupOf(groupVersion)}"]`,
    };
  });
}

/** Why a run that did all it could is not complete; undefined when everything could be seen. */
export function incompleteError(unseen: readonly UnseenApi[]): ErrorDetail | undefined {
  const [first] = unseen;
  if (first === undefined) return undefined;
  const groups = [...new Set(unseen.map(({ groupVersion }) => groupOf(groupVersion)))];
  return errorDetail('DISCOVERY_INCOMPLETE', {
    what: `${unseen.map(({ groupVersion }) => groupVersion).join(', ')} of ${first.cluster} did not respond: its objects were neither discovered nor moved`,
    why: [...new Set(unseen.map(({ message }) => message))].join('; '),
    fix: `repair the APIService and migrate again, or exclude the group: scope.excludeKinds: [${groups.map((group) => `"*.${group}"`).join(', ')}]`,
    side: 'source',
  });
}

function groupOf(groupVersion: string): string {
  return groupVersion.slice(0, Math.max(0, groupVersion.indexOf('/')));
}
