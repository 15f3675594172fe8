import type { FindingEntry } from '../finding-entry.ts';

/** What refers into the scope or out of it and does not travel. The plan finds these; assess and migrate report them too. */
export const edgeFindings = {
  REFERENCE_LEFT_BEHIND: {
    group: 'external',
    severity: 'warning',
    actor: 'decide',
    summary: 'Something outside the scope refers to objects that move, and is not moved itself.',
    consequence:
      'It is missing on the target: permissions, validation, defaults or an API that the application has on the source.',
    remedy: 'create it on the target, or move it as well: widen the scope, or move its kind with a separate Migration',
  },
  POLICY_LEFT_BEHIND: {
    group: 'external',
    severity: 'warning',
    actor: 'decide',
    summary: 'A cluster-scoped policy or setting that applies to a namespace in scope is not moved.',
    consequence: 'On the target, the namespace lacks what the policy denied, required or provided.',
    remedy:
      'move its kind with a second Migration that names it in scope.kinds, or create its counterpart on the target',
  },
  REFERENCE_MISSING: {
    group: 'external',
    severity: 'warning',
    actor: 'change',
    summary: 'An object in scope refers to something that is neither moved nor on the target.',
    consequence: 'On the target the reference is dangling: the object is rejected, waits, or has no effect.',
    remedy: 'create it on the target before the run, move it as well, or refer to a different one with a transform',
  },
  REFERENCE_UNCHANGED: {
    group: 'external',
    severity: 'warning',
    actor: 'change',
    summary: 'A value contains the name of a mapped namespace, in a field whose meaning only the application knows.',
    consequence: 'The value still contains the source name of the namespace.',
    remedy:
      'change the value with a transform or on the target; the losses in the plan and the report list every place',
  },
  SUBJECTS_EXCLUDED: {
    group: 'identities',
    severity: 'warning',
    actor: 'decide',
    summary: 'A ClusterRoleBinding that moves also grants its permissions to subjects outside the scope.',
    consequence: 'They are removed from it, so that nobody gains permissions on the target through a matching name.',
    remedy: 'create a separate binding for them on the target if they need the permissions',
  },
  REFERENCES_UNSEEN: {
    group: 'external',
    severity: 'warning',
    actor: 'change',
    summary: 'A kind on the source could not be searched for references into the scope.',
    consequence: 'Objects of this kind that refer to the application are left behind without being reported.',
    remedy: 'allow the user of the source to list the kind in all namespaces',
  },
  CONTROLLER_REACHES_OUT: {
    group: 'ownership',
    severity: 'warning',
    actor: 'decide',
    summary: 'A controller in scope manages something outside the cluster, or is part of the source cluster itself.',
    consequence:
      'After the migration two controllers manage the same thing, or one manages something that does not exist there.',
    remedy: 'stop it on the source before it starts on the target, or exclude it from the scope',
  },
} as const satisfies Record<string, FindingEntry>;
