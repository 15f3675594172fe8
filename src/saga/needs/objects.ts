import type { Need, Verb } from '../need.ts';
import { webhooks } from './reading.ts';

/** On the objects of the plan, whatever they are: of captured kinds, and of the cluster-scoped ones they need. */
function planned(verbs: readonly Verb[], more: Pick<Need, 'only'> = {}): readonly Need[] {
  return [
    { side: 'target', verbs, of: 'captured', in: 'scope', ...more },
    { side: 'target', verbs, of: 'dependencies', in: 'cluster', only: 'clusterScoped', ...more },
  ];
}

function onNamespaces(verbs: readonly Verb[], more: Pick<Need, 'only'> = {}): Need {
  return { side: 'target', verbs, of: ['namespaces'], in: 'cluster', ...more };
}

/** The server lets nobody make a role, or bind one, that grants more than they have themselves. */
const granting: readonly Need[] = [
  {
    ...{ side: 'target', verbs: ['bind', 'escalate'], in: 'scope' },
    of: ['roles.rbac.authorization.k8s.io', 'clusterroles.rbac.authorization.k8s.io'],
    without: 'the target refuses Roles with rights that this user does not have, and bindings to them',
  },
  {
    ...{ side: 'target', verbs: ['bind', 'escalate'], in: 'cluster', only: 'clusterScoped' },
    of: ['clusterroles.rbac.authorization.k8s.io'],
    without: 'the target refuses ClusterRoles with rights that this user does not have, and bindings to them',
  },
];

/** activities/apply.ts, lib/write-object.ts: created, or looked at where it is there, and updated by the policy. */
export const applying: readonly Need[] = [
  onNamespaces(['create', 'get']),
  // A Namespace that is there is merged with.
  onNamespaces(['patch'], { only: 'updates' }),
  ...planned(['create', 'get']),
  ...planned(['update', 'patch'], { only: 'updates' }),
  ...granting,
];

/** activities/await-apply group.ts */
export const awaiting: readonly Need[] = [
  onNamespaces(['get', 'watch']),
  { side: 'target', verbs: ['get', 'watch'], of: ['serviceaccounts'], in: 'scope' },
  ...planned(['get', 'list', 'watch']),
];

/** activities/settle.ts, give-fields-back.ts */
export const patching: readonly Need[] = [onNamespaces(['get', 'patch']), ...planned(['get', 'patch'])];

/** activities/verify.ts: everything a namespace holds is looked through for what nobody planned. */
export const verifying: readonly Need[] = [
  onNamespaces(['get']),
  ...planned(['get']),
  { side: 'target', verbs: ['list'], of: 'any', in: 'scope' },
];

/** activities/undo.ts, lib/undo-object.ts, still-used.ts, undo-prior.ts */
export const undoing: readonly Need[] = [
  onNamespaces(['get', 'watch', 'patch', 'delete']),
  ...planned(['get', 'watch', 'patch', 'delete']),
  ...planned(['create', 'update'], { only: 'updates' }),
  // A namespace takes its content along, a claim the volume it is bound to.
  { side: 'target', verbs: ['list'], of: 'any', in: 'scope' },
  { side: 'target', verbs: ['get'], of: ['persistentvolumes'], in: 'cluster', only: 'claims' },
  {
    ...{ side: 'target', verbs: ['get'], of: 'any', in: 'scope' },
    without: 'an object that a controller has adopted is not removed, and the run ends with what stays',
  },
  {
    ...{ side: 'target', verbs: ['list'], of: 'custom', in: 'cluster', only: 'clusterScoped' },
    without: 'a definition that the run brought is not removed, since somebody may have objects of its kind',
  },
];

/** activities/dry-run-namespaces.ts */
export const preparingDryRun: readonly Need[] = [
  onNamespaces(['get']),
  onNamespaces(['create'], { only: 'newNamespaces' }),
  { side: 'target', verbs: ['get', 'watch'], of: ['serviceaccounts'], in: 'temporary', only: 'newNamespaces' },
  ...webhooks('target'),
];

export const removingDryRun: readonly Need[] = [onNamespaces(['list', 'get', 'watch', 'delete'])];

/** Objects asked about where they belong, and in temporary namespaces. */
function asked(of: Need['of']): readonly Need[] {
  return [
    { side: 'target', verbs: ['create'], of, in: 'scope' },
    { side: 'target', verbs: ['create'], of, in: 'temporary', only: 'newNamespaces' },
  ];
}

/** activities/dry-run.ts: the server lets nobody ask who may not do it. */
export const askingDryRun: readonly Need[] = [
  onNamespaces(['get', 'create']),
  onNamespaces(['patch'], { only: 'updates' }),
  ...asked('captured'),
  ...planned(['get']),
  ...planned(['update', 'patch'], { only: 'updates' }),
  { side: 'target', verbs: ['create'], of: 'dependencies', in: 'cluster', only: 'clusterScoped' },
  ...granting,
  ...webhooks('target'),
];

/** activities/assess/dry-run.ts: a pod of each workload as well. */
export const assessingDryRun: readonly Need[] = [
  onNamespaces(['get', 'create']),
  ...asked('captured'),
  ...asked(['pods']),
  { side: 'target', verbs: ['create'], of: 'dependencies', in: 'cluster', only: 'clusterScoped' },
  ...granting,
  ...webhooks('target'),
];

/** activities/assess/external-probe.ts, probe-pod.ts */
export const probing: readonly Need[] = [
  onNamespaces(['create']),
  { side: 'target', verbs: ['create', 'get', 'watch'], of: ['pods'], in: 'temporary' },
  { side: 'target', verbs: ['get'], of: ['pods/log'], in: 'temporary' },
  ...webhooks('target'),
];

/** activities/assess/storage-probe.ts */
export const probingStorage: readonly Need[] = [
  ...probing,
  { side: 'target', verbs: ['create'], of: ['persistentvolumeclaims'], in: 'temporary' },
  { side: 'target', verbs: ['get'], of: ['storageclasses.storage.k8s.io'], in: 'cluster' },
  { side: 'target', verbs: ['list'], of: ['volumesnapshotclasses.snapshot.storage.k8s.io'], in: 'cluster' },
  {
    ...{ side: 'target', verbs: ['create', 'get', 'watch'], in: 'temporary' },
    of: ['volumesnapshots.snapshot.storage.k8s.io'],
  },
];

/** activities/assess/images.ts */
export const readingPullSecrets: readonly Need[] = [{ side: 'source', verbs: ['get'], of: ['secrets'], in: 'scope' }];
