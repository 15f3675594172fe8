/** What may differ between what was desired and what is, by a stated rule. */
export interface NormalisationRow {
  readonly rule: string;
  /** `group/Kind`, or `*` for every kind. */
  readonly kind: string;
  /** A JSON pointer; a segment `*` is every member or item. The value and all below it is not compared. */
  readonly path: string;
  /**
   * `always`: whatever stands there. `added`: only when nothing was desired there, so that the target may fill it in.
   */
  readonly when: 'always' | 'added';
  readonly why: string;
}

/**
 * The published table of what is not compared. All else must be equal; fields a newer or older target adds by its
 * defaults are tolerated by the rule `defaulted` of `compareObjects`.
 */
export const normalisation: readonly NormalisationRow[] = [
  ...always({ rule: 'server-field', kind: '*', why: 'written by the API server' }, [
    '/metadata/uid',
    '/metadata/resourceVersion',
    '/metadata/generation',
    '/metadata/creationTimestamp',
    '/metadata/managedFields',
    '/metadata/selfLink',
  ]),
  ...always({ rule: 'status', kind: '*', why: 'written by controllers of the target' }, ['/status']),
  ...always({ rule: 'owner', kind: '*', why: 'set again with the UIDs of the target' }, ['/metadata/ownerReferences']),
  ...added({ rule: 'finalizer', kind: '*', why: 'controllers of the target add their own' }, ['/metadata/finalizers']),
  ...always({ rule: 'revision', kind: 'apps/Deployment', why: 'counted by the controller' }, [
    '/metadata/annotations/deployment.kubernetes.io~1revision',
  ]),
  ...always({ rule: 'revision', kind: 'apps/ReplicaSet', why: 'counted by the controller' }, [
    '/metadata/annotations/deployment.kubernetes.io~1revision',
    '/metadata/annotations/deployment.kubernetes.io~1desired-replicas',
    '/metadata/annotations/deployment.kubernetes.io~1max-replicas',
  ]),
  ...always({ rule: 'revision', kind: 'apps/DaemonSet', why: 'counted by the controller' }, [
    '/metadata/annotations/deprecated.daemonset.template.generation',
  ]),
  ...always({ rule: 'lock', kind: '*', why: 'a lock of a process' }, [
    '/metadata/annotations/control-plane.alpha.kubernetes.io~1leader',
  ]),
  ...added({ rule: 'binding', kind: '/PersistentVolumeClaim', why: 'set when the claim binds' }, [
    '/spec/volumeName',
    '/spec/storageClassName',
    '/metadata/annotations/pv.kubernetes.io~1bind-completed',
    '/metadata/annotations/pv.kubernetes.io~1bound-by-controller',
    '/metadata/annotations/volume.beta.kubernetes.io~1storage-provisioner',
    '/metadata/annotations/volume.kubernetes.io~1storage-provisioner',
    '/metadata/annotations/volume.kubernetes.io~1storage-resizer',
    '/metadata/annotations/volume.kubernetes.io~1selected-node',
  ]),
  ...added(
    {
      rule: 'default-class',
      kind: 'scheduling.k8s.io/PriorityClass',
      why: 'each cluster decides its own default class',
    },
    ['/globalDefault']
  ),
  ...added(
    {
      rule: 'default-class',
      kind: 'networking.k8s.io/IngressClass',
      why: 'each cluster decides its own default class',
    },
    ['/metadata/annotations/ingressclass.kubernetes.io~1is-default-class']
  ),
  ...added(
    { rule: 'default-class', kind: 'storage.k8s.io/StorageClass', why: 'each cluster decides its own default class' },
    ['/metadata/annotations/storageclass.kubernetes.io~1is-default-class']
  ),
  ...added({ rule: 'allocated', kind: '/Service', why: 'allocated by the target' }, [
    '/spec/clusterIP',
    '/spec/clusterIPs',
    '/spec/ports/*/nodePort',
    '/spec/healthCheckNodePort',
  ]),
  ...added({ rule: 'namespace', kind: '/Namespace', why: 'set by the server on every namespace' }, [
    '/spec/finalizers',
    '/spec',
    '/metadata/labels/kubernetes.io~1metadata.name',
  ]),
  ...added({ rule: 'token', kind: '/Secret', why: 'filled in by the token controller' }, [
    '/data/token',
    '/data/ca.crt',
    '/data/namespace',
    '/metadata/annotations/kubernetes.io~1service-account.uid',
    '/metadata/labels/kubernetes.io~1legacy-token-last-used',
  ]),
  ...added({ rule: 'token', kind: '/ServiceAccount', why: 'filled in by the token controller' }, ['/secrets']),
  ...added({ rule: 'job-uid', kind: 'batch/Job', why: 'derived from the Job’s new UID' }, [
    '/spec/selector',
    '/metadata/labels/batch.kubernetes.io~1controller-uid',
    '/metadata/labels/controller-uid',
    '/metadata/labels/batch.kubernetes.io~1job-name',
    '/metadata/labels/job-name',
    '/spec/template/metadata/labels/batch.kubernetes.io~1controller-uid',
    '/spec/template/metadata/labels/controller-uid',
    '/spec/template/metadata/labels/batch.kubernetes.io~1job-name',
    '/spec/template/metadata/labels/job-name',
  ]),
  ...added({ rule: 'admission', kind: '/Pod', why: 'set by scheduler and admission' }, [
    '/spec/nodeName',
    '/spec/priority',
    '/spec/preemptionPolicy',
    '/spec/overhead',
    '/spec/tolerations',
  ]),
  ...always(
    { rule: 'autoscaler', kind: 'autoscaling/HorizontalPodAutoscaler', why: 'observations of the autoscaler' },
    [
      '/metadata/annotations/autoscaling.alpha.kubernetes.io~1conditions',
      '/metadata/annotations/autoscaling.alpha.kubernetes.io~1current-metrics',
    ]
  ),
  ...always({ rule: 'endpoints', kind: '/Endpoints', why: 'the time of its last change' }, [
    '/metadata/annotations/endpoints.kubernetes.io~1last-change-trigger-time',
  ]),
  ...added(
    { rule: 'ca-bundle', kind: 'admissionregistration.k8s.io/ValidatingWebhookConfiguration', why: 'injected' },
    ['/webhooks/*/clientConfig/caBundle']
  ),
  ...added({ rule: 'ca-bundle', kind: 'admissionregistration.k8s.io/MutatingWebhookConfiguration', why: 'injected' }, [
    '/webhooks/*/clientConfig/caBundle',
  ]),
  ...added({ rule: 'ca-bundle', kind: 'apiregistration.k8s.io/APIService', why: 'injected' }, ['/spec/caBundle']),
  ...added({ rule: 'ca-bundle', kind: 'apiextensions.k8s.io/CustomResourceDefinition', why: 'injected' }, [
    '/spec/conversion/webhook/clientConfig/caBundle',
  ]),
];

type Row = Pick<NormalisationRow, 'rule' | 'kind' | 'why'>;

function always({ rule, kind, why }: Row, paths: readonly string[]): readonly NormalisationRow[] {
  return paths.map((path) => ({ rule, kind, path, when: 'always', why }));
}

function added({ rule, kind, why }: Row, paths: readonly string[]): readonly NormalisationRow[] {
  return paths.map((path) => ({ rule, kind, path, when: 'added', why }));
}
