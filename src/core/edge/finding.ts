import { edgeFindings } from '../findings/catalogue/edge.ts';
import { describeRef, groupResource } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import type { SelectedObject } from '../select/dependencies.ts';
import type { Relation } from './selects.ts';

type EdgeCode = keyof typeof edgeFindings;

/** A finding of the edge; severity and remedy are those of the catalogue where none are given. */
export function edgeFinding(
  code: EdgeCode,
  about: Pick<Finding, 'subject' | 'message'> & Partial<Pick<Finding, 'severity' | 'remedy' | 'side'>>
): Finding {
  const { severity, remedy } = edgeFindings[code];
  return { code, severity, remedy, ...about };
}

const relationTexts: Readonly<Record<Relation, string>> = {
  names: 'it names namespace',
  selects: 'it selects by label namespace',
  all: 'it applies to every namespace and so to',
};

/** How a policy that stays behind is reported; what applies everywhere alike is information. */
export function policyFinding(object: SelectedObject, relation: Relation, namespaces: readonly string[]): Finding {
  const kinds = groupResource(object.resource);
  return edgeFinding('POLICY_LEFT_BEHIND', {
    subject: describeRef(object.head.ref),
    message: `${relationTexts[relation]} ${namesText(namespaces)}, and is not moved with the namespace`,
    remedy: `move it with a second Migration with scope.kinds: [${kinds}], or create its counterpart on the target`,
    ...(relation === 'all' ? { severity: 'info' as const } : {}),
  });
}

/** The first names of many, and how many more there are. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
