import type { JsonValue } from '../../json/value.ts';
import { compileScope } from '../../select/scope.ts';
import { describeSubject, namespaceOfSubject } from '../../select/subjects.ts';
import type { PatchOperation, ScopeSpec } from '../../spec/spec.ts';
import { kindKey, type Rule, type RuleObject, type TransformNote } from '../rule.ts';

const id = 'binding-subjects';

/**
 * A ClusterRoleBinding is taken for one account in scope and may name others: people, groups, accounts of namespaces that
 * stay. On the target those names may belong to somebody else, so only the subjects in scope keep their rights there.
 * The rule comes before `namespace`, since it judges names of the source.
 */
export const bindingSubjects: Rule = {
  id,
  describe: 'Removes the subjects of a ClusterRoleBinding that are not ServiceAccounts in scope, and reports them.',
  appliesTo: (head) => kindKey(head.ref) === 'rbac.authorization.k8s.io/ClusterRoleBinding',
  apply: ({ view }, { scope }) => {
    const outside = outsideOf(view, scope);
    if (outside.length === 0) return [];
    const patch = outside.map(({ index }): PatchOperation => ({ op: 'remove', path: `/subjects/${index}` })).reverse();
    const reason = 'a binding grants permissions on the target only to ServiceAccounts that move';
    return { changes: [{ rule: id, reason, patch }], notes: outside.map(noteOf), additional: [] };
  },
};

interface Outside {
  readonly index: string;
  readonly subject: JsonValue;
}

/** Subjects out of scope; none where no subject is in scope, as when the kind itself was asked for. */
function outsideOf(view: RuleObject['view'], scope: ScopeSpec | undefined): readonly Outside[] {
  if (scope === undefined) return [];
  const { namespaceTaken } = compileScope(scope);
  const isIn = (subject: JsonValue): boolean => {
    const namespace = namespaceOfSubject(subject);
    return namespace !== undefined && namespaceTaken(namespace);
  };
  const all = view.children('/subjects').map((index) => ({ index, subject: view.read(`/subjects/${index}`) ?? null }));
  return all.some(({ subject }) => isIn(subject)) ? all.filter(({ subject }) => !isIn(subject)) : [];
}

function noteOf({ index, subject }: Outside): TransformNote {
  return {
    rule: id,
    path: `/subjects/${index}`,
    message: `${describeSubject(subject)} is not in scope and does not get the permissions of the binding on the target`,
    code: 'SUBJECTS_EXCLUDED',
    remedy: 'create a separate binding for it on the target if it needs them',
  };
}
