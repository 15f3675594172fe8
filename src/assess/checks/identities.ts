import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import { findingOn, type RawFinding } from '../../core/findings/finding.ts';
import type { BindingObject, PodObject } from '../../core/kube-objects.ts';
import { containersOf, subjectOf, workloadsOf } from '../workloads.ts';

/** Who the application is to others. */
export const identityChecks: readonly Check[] = [
  {
    id: 'identities/marks',
    group: 'identities',
    describe: 'AWS, Azure and Google workload identity annotations and labels on ServiceAccounts and pods',
    codes: ['IDENTITY_AWS', 'IDENTITY_AZURE', 'IDENTITY_GCP'],
    needs: [],
    run: (facts) => [...accountMarks(facts), ...podMarks(facts)],
  },
  {
    id: 'identities/injected',
    group: 'identities',
    describe:
      'running pods that get credentials from EKS Pod Identity: the association is not an object in the cluster',
    codes: ['IDENTITY_AWS'],
    needs: ['source/pods'],
    run: injected,
  },
  {
    id: 'identities/secrets',
    group: 'identities',
    describe: 'static cloud keys, recognised by their format, and ServiceAccount tokens',
    codes: ['CLOUD_KEY_STATIC', 'TOKEN_LEGACY'],
    needs: [],
    run: secrets,
  },
  {
    id: 'identities/subjects',
    group: 'identities',
    describe: 'users and groups that bindings refer to',
    codes: ['SUBJECTS_EXTERNAL'],
    needs: [],
    run: subjects,
  },
];

/** Annotation of a ServiceAccount, the code it gives, and the cloud in words. */
const accountAnnotations = [
  ['eks.amazonaws.com/role-arn', 'IDENTITY_AWS'],
  ['azure.workload.identity/client-id', 'IDENTITY_AZURE'],
  ['iam.gke.io/gcp-service-account', 'IDENTITY_GCP'],
] as const;

function accountMarks(facts: AssessFacts): RawFinding[] {
  return scopeObjects(facts, 'ServiceAccount', '').flatMap(({ ref, object }) =>
    accountAnnotations.flatMap(([key, code]): RawFinding[] => {
      const value = object.metadata.annotations?.[key];
      if (value === undefined) return [];
      const subject = `ServiceAccount ${ref.namespace}/${ref.name}`;
      return [
        findingOn('source', code, {
          subject,
          namespace: ref.namespace,
          message: `it assumes ${value}`,
          evidence: `annotation ${key}`,
        }),
      ];
    })
  );
}

/** Variables that EKS Pod Identity needs; written by hand where no agent injects them. */
const podIdentityVariable =
  /^AWS_(CONTAINER_CREDENTIALS_FULL_URI|CONTAINER_AUTHORIZATION_TOKEN_FILE|WEB_IDENTITY_TOKEN_FILE)$/;
const azureLabel = 'azure.workload.identity/use';

function podMarks(facts: AssessFacts): RawFinding[] {
  return workloadsOf(facts).flatMap((workload): RawFinding[] => {
    const { namespace, pod, object } = workload;
    const subject = subjectOf(workload);
    const variables = containersOf(pod).flatMap(({ env = [] }) => env.map(({ name }) => name));
    const aws = variables.find((name) => podIdentityVariable.test(name));
    const labels = object.spec?.template?.metadata?.labels ?? object.metadata.labels;
    return [
      ...(aws === undefined
        ? []
        : [
            findingOn('source', 'IDENTITY_AWS', {
              subject,
              namespace,
              message: `a container sets ${aws}`,
              evidence: 'env of its pods',
            }),
          ]),
      ...(labels?.[azureLabel] === 'true'
        ? [
            findingOn('source', 'IDENTITY_AZURE', {
              subject,
              namespace,
              message: `pods carry ${azureLabel}`,
              evidence: 'labels of its pods',
            }),
          ]
        : []),
    ];
  });
}

/** Set in pods by the agent of EKS (eks-pod-identity-webhook); the template of their workload has nothing of it. */
export const injectedVariable = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';

function injected({ source, scope }: AssessFacts): RawFinding[] {
  const namespaces = new Set(scope.namespaces);
  return listOf<PodObject>(source, 'pods').flatMap(({ metadata, spec }): RawFinding[] => {
    const { namespace = '', name } = metadata;
    const given = containersOf(spec ?? {}).some(({ env = [] }) => env.some((one) => one.name === injectedVariable));
    if (!given || !namespaces.has(namespace)) return [];
    const subject = `ServiceAccount ${namespace}/${spec?.serviceAccountName ?? 'default'}`;
    const message = 'its pods get AWS credentials from EKS Pod Identity';
    return [
      findingOn('source', 'IDENTITY_AWS', { subject, namespace, message, evidence: `env of Pod ${namespace}/${name}` }),
    ];
  });
}

function secrets(facts: AssessFacts): RawFinding[] {
  return facts.scope.secrets.flatMap(({ ref, type, cloudKeys }) => {
    const subject = `${ref.kind} ${ref.namespace}/${ref.name}`;
    const found = cloudKeys.map(({ key, kind }) =>
      findingOn('source', 'CLOUD_KEY_STATIC', {
        subject,
        namespace: ref.namespace,
        message: `${key} looks like ${kind}`,
        evidence: 'recognised by its format; the value is not kept',
      })
    );
    if (type !== 'kubernetes.io/service-account-token') return found;
    return [
      ...found,
      findingOn('source', 'TOKEN_LEGACY', {
        subject,
        namespace: ref.namespace,
        message: `it is of type ${type}`,
        evidence: 'type of the Secret',
      }),
    ];
  });
}

function subjects(facts: AssessFacts): RawFinding[] {
  const bindings = ['RoleBinding', 'ClusterRoleBinding'].flatMap((kind) => scopeObjects<BindingObject>(facts, kind));
  return bindings.flatMap(({ ref, object }): RawFinding[] => {
    const names = (object.subjects ?? [])
      .filter(({ kind, name }) => kind !== 'ServiceAccount' && !name.startsWith('system:'))
      .map(({ kind, name }) => `${kind} ${name}`);
    if (names.length === 0) return [];
    const subject = ref.namespace === '' ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`;
    return [
      findingOn('source', 'SUBJECTS_EXTERNAL', {
        subject,
        namespace: ref.namespace,
        message: `it names ${names.join(', ')}`,
        evidence: 'subjects of the binding',
      }),
    ];
  });
}
