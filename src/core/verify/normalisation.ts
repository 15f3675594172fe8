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
  ...always('server-field', '*', 'written by the API server', [
    '/metadata/uid',
    '/metadata/resourceVersion',
    '/metadata/generation',
    '/metadata/creationTimestamp',
    '/metadata/managedFields',
    '/metadata/selfLink',
  ]),
  ...always('status', '*', 'written by controllers of the target', ['/status']),
  ...always('owner', '*', 'set again with the UIDs of the target', ['/metadata/ownerReferences']),
  ...added('finalizer', '*', 'controllers of the target add their own', ['/metadata/finalizers']),
  ...always('revision', 'apps/Deployment', 'counted by the controller', [
    '/metadata/annotations/deployment.kubernetes.io~1revision',
  ]),
  ...always('revision', 'apps/ReplicaSet', 'counted by the controller', [
    '/metadata/annotations/deployment.kubernetes.io~1revision',
    '/metadata/annotations/deployment.kubernetes.io~1desired-replicas',
    '/metadata/annotations/deployment.kubernetes.io~1max-replicas',
  ]),
  ...always('revision', 'apps/DaemonSet', 'counted by the controller', [
    '/metadata/annotations/deprecated.daemonset.template.generation',
  ]),
  ...always('lock', '*', 'a lock of a process', ['/metadata/annotations/control-plane.alpha.kubernetes.io~1leader']),
  ...added('binding', '/PersistentVolumeClaim', 'set when the claim binds', [
    '/spec/volumeName',
    '/spec/storageClassName',
    '/metadata/annotations/pv.kubernetes.io~1bind-completed',
    '/metadata/annotations/pv.kubernetes.io~1bound-by-controller',
    '/metadata/annotations/volume.beta.kubernetes.io~1storage-provisioner',
    '/metadata/annotations/volume.kubernetes.io~1storage-provisioner',
    '/metadata/annotations/volume.kubernetes.io~1storage-resizer',
    '/metadata/annotations/volume.kubernetes.io~1selected-node',
  ]),
  ...added('default-class', 'scheduling.k8s.io/PriorityClass', 'each cluster decides its own default class', [
    '/globalDefault',
  ]),
  ...added('default-class', 'networking.k8s.io/IngressClass', 'each cluster decides its own default class', [
    '/metadata/annotations/ingressclass.kubernetes.io~1is-default-class',
  ]),
  ...added('default-class', 'storage.k8s.io/StorageClass', 'each cluster decides its own default class', [
    '/metadata/annotations/storageclass.kubernetes.io~1is-default-class',
  ]),
  ...added('allocated', '/Service', 'allocated by the target', [
    '/spec/clusterIP',
    '/spec/clusterIPs',
    '/spec/ports/*/nodePort',
    '/spec/healthCheckNodePort',
  ]),
  ...added('namespace', '/Namespace', 'set by the server on every namespace', [
    '/spec/finalizers',
    '/spec',
    '/metadata/labels/kubernetes.io~1metadata.name',
  ]),
  ...added('token', '/Secret', 'filled in by the token controller', [
    '/data/token',
    '/data/ca.crt',
    '/data/namespace',
    '/metadata/annotations/kubernetes.io~1service-account.uid',
    '/metadata/labels/kubernetes.io~1legacy-token-last-used',
  ]),
  ...added('token', '/ServiceAccount', 'filled in by the token controller', ['/secrets']),
  ...added('job-uid', 'batch/Job', 'derived from the Job’s new UID', [
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
  ...added('admission', '/Pod', 'set by scheduler and admission', [
    '/spec/nodeName',
    '/spec/priority',
    '/spec/preemptionPolicy',
    '/spec/overhead',
    '/spec/tolerations',
  ]),
  ...always('autoscaler', 'autoscaling/HorizontalPodAutoscaler', 'observations of the autoscaler', [
    '/metadata/annotations/autoscaling.alpha.kubernetes.io~1conditions',
    '/metadata/annotations/autoscaling.alpha.kubernetes.io~1current-metrics',
  ]),
  ...always('endpoints', '/Endpoints', 'the time of its last change', [
    '/metadata/annotations/endpoints.kubernetes.io~1last-change-trigger-time',
  ]),
  ...added('ca-bundle', 'admissionregistration.k8s.io/ValidatingWebhookConfiguration', 'injected', [
    '/webhooks/*/clientConfig/caBundle',
  ]),
  ...added('ca-bundle', 'admissionregistration.k8s.io/MutatingWebhookConfiguration', 'injected', [
    '/webhooks/*/clientConfig/caBundle',
  ]),
  ...added('ca-bundle', 'apiregistration.k8s.io/APIService', 'injected', ['/spec/caBundle']),
  ...added('ca-bundle', 'apiextensions.k8s.io/CustomResourceDefinition', 'injected', [
    '/spec/conversion/webhook/clientConfig/caBundle',
  ]),
];

function always(rule: string, kind: string, why: string, paths: readonly string[]): readonly NormalisationRow[] {
  return paths.map((path) => ({ rule, kind, path, when: 'always', why }));
}

function added(rule: string, kind: string, why: string, paths: readonly string[]): readonly NormalisationRow[] {
  return paths.map((path) => ({ rule, kind, path, when: 'added', why }));
}
