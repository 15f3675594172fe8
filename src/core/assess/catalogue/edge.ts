import type { FindingEntry } from '../finding.ts';

/** What refers into the scope or out of it and does not travel. The plan finds these; assess and migrate report them too. */
export const edgeFindings = {
  REFERENCE_LEFT_BEHIND: {
    group: 'external',
    severity: 'warning',
    actor: 'decide',
    summary: 'Something outside of the scope refers to what moves, and does not travel.',
    consequence:
      'On the target it is missing: rights, validation, defaults or an API that the application has on the source.',
    remedy: 'create it on the target, or take it along: widen the scope, or move its kind by a Migration of its own',
  },
  POLICY_LEFT_BEHIND: {
    group: 'external',
    severity: 'warning',
    actor: 'decide',
    summary: 'A cluster-scoped policy or setting that applies to a namespace in scope does not travel.',
    consequence: 'The namespace arrives on the target without what the policy denied, demanded or provided.',
    remedy: 'move its kind by a second Migration that names it in scope.kinds, or create its counterpart on the target',
  },
  REFERENCE_MISSING: {
    group: 'external',
    severity: 'warning',
    actor: 'change',
    summary: 'An object in scope names something that neither travels nor is on the target.',
    consequence: 'On the target the name leads to nothing: the object is refused, or waits, or does nothing.',
    remedy: 'create it on the target before the run, take it along, or name another one by a transform',
  },
  REFERENCE_UNCHANGED: {
    group: 'external',
    severity: 'warning',
    actor: 'change',
    summary: 'A value names a namespace that is mapped, in a place whose meaning only the application knows.',
    consequence: 'The value still names the namespace as it is called on the source.',
    remedy: 'change the value by a transform or on the target; the losses of the plan and the report name every place',
  },
  SUBJECTS_LEFT_OUT: {
    group: 'identities',
    severity: 'warning',
    actor: 'decide',
    summary: 'A ClusterRoleBinding that travels also grants its rights to subjects out of scope.',
    consequence: 'They are removed from it, so that nobody gets rights on the target by a name.',
    remedy: 'bind them on the target by a binding of their own where they are to have the rights',
  },
  REFERENCES_UNSEEN: {
    group: 'external',
    severity: 'warning',
    actor: 'change',
    summary: 'A kind of the source could not be looked through for what refers into the scope.',
    consequence: 'What refers to the application by an object of this kind stays behind without being named.',
    remedy: 'let the user of the source list the kind in all namespaces',
  },
  CONTROLLER_REACHES_OUT: {
    group: 'ownership',
    severity: 'warning',
    actor: 'decide',
    summary: 'A controller in scope acts on something outside of the cluster, or is part of the source itself.',
    consequence: 'After the move two of them act on the same thing, or one acts on what is not there.',
    remedy: 'stop it on the source before it starts on the target, or leave it out of the scope',
  },
} as const satisfies Record<string, FindingEntry>;
