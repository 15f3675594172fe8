import { referringKinds } from '../../core/edge/referring-kinds.ts';
import { groupResource } from '../../core/resource.ts';
import type { Need } from '../need.ts';
import { assessedKinds, factKinds } from '../../core/findings/fact-kinds.ts';

type Side = Need['side'];
const both: readonly Side[] = ['source', 'target'];

/** A list that may be refused: what is judged by it is then reported as not judged. */
function listed(side: Side, of: readonly string[], without: string): Need {
  return { side, verbs: ['list'], of, in: 'cluster', without };
}

/** Which webhooks answer (src/services/admission/target-webhooks.ts, namespace-selectors.ts). */
export function webhooks(side: Side): readonly Need[] {
  const without = 'webhooks that do not respond are found only when they refuse something (WEBHOOKS_UNREADABLE)';
  return [
    listed(
      side,
      [
        'validatingwebhookconfigurations.admissionregistration.k8s.io',
        'mutatingwebhookconfigurations.admissionregistration.k8s.io',
      ],
      without
    ),
    { side, verbs: ['get'], of: ['services'], in: 'cluster', without },
    { side, verbs: ['list'], of: ['endpointslices.discovery.k8s.io'], in: 'cluster', without },
  ];
}

/** Which cluster it is: the UID of kube-system. */
const identity: readonly Need[] = both.map((side) => ({ side, verbs: ['get'], of: ['namespaces'], in: 'cluster' }));

/** activities/preflight-target.ts */
export const lookingAtTarget: readonly Need[] = [
  ...identity.filter(({ side }) => side === 'target'),
  ...webhooks('target'),
];

/** src/services/preflight/look.ts, capture-versions.ts */
const lookingAtSource: readonly Need[] = [
  ...identity.filter(({ side }) => side === 'source'),
  { side: 'source', verbs: ['list'], of: ['namespaces'], in: 'cluster' },
  listed(
    'source',
    ['customresourcedefinitions.apiextensions.k8s.io'],
    'custom resources are read in the preferred version, whatever its schema hides'
  ),
];

/** The same of a run that applies nothing: what the point says of its platform (src/platform/read-profile.ts). */
export const lookingAlone: readonly Need[] = [
  ...lookingAtSource,
  listed('source', ['nodes'], 'the platform is recorded as far as its version, storage classes and kinds show it'),
];

/** activities/preflight.ts */
export const looking: readonly Need[] = [...lookingAtSource, ...lookingAtTarget];

/** activities/capture.ts, lib/relatives.ts */
export const capturing: readonly Need[] = [
  { side: 'source', verbs: ['list'], of: 'captured', in: 'scope' },
  {
    ...{ side: 'source', verbs: ['list'], of: 'any', in: 'scope' },
    without: 'an object whose owner may not be listed is excluded and reported (owned/unseen, derived/unseen)',
  },
];

/** Cluster-scoped kinds that are always looked through for what concerns the scope. */
const looked = [
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
];

/** activities/capture-dependencies.ts */
export const capturingDependencies: readonly Need[] = [
  { side: 'source', verbs: ['list'], of: looked, in: 'cluster', only: 'clusterScoped' },
  { side: 'source', verbs: ['list'], of: 'dependencies', in: 'cluster', only: 'clusterScoped' },
  {
    ...{ side: 'source', verbs: ['list'], of: 'any', in: 'scope' },
    without: 'kinds that never travel are not counted among what is excluded',
  },
];

/** What a cluster is, as translation and its checks go by it (src/platform/read-profile.ts). */
const profile: readonly Need[] = both.flatMap((side) => {
  const without = 'the platform, its classes and networks are not known, which translation reports';
  return [
    listed(
      side,
      [
        ...['nodes', 'services', 'storageclasses.storage.k8s.io', 'csidrivers.storage.k8s.io'],
        ...['ingressclasses', 'ingresses', 'servicecidrs'].map((plural) => `${plural}.networking.k8s.io`),
        ...['gatewayclasses', 'gateways'].map((plural) => `${plural}.gateway.networking.k8s.io`),
        ...['runtimeclasses.node.k8s.io', 'priorityclasses.scheduling.k8s.io', 'httpproxies.projectcontour.io'],
        ...['loadbalancerconfigurations.gateway.k8s.aws', 'nginxingresscontrollers.approuting.kubernetes.azure.com'],
        ...['ingressclassparams.elbv2.k8s.aws', 'ingressclassparams.eks.amazonaws.com'],
      ],
      without
    ),
    { side, verbs: ['get'], of: ['customresourcedefinitions.apiextensions.k8s.io'], in: 'cluster', without },
  ];
});

/** What refers into the scope or out of it (src/services/planning/edge.ts). */
const unseen = 'what refers to the application from outside is not known (REFERENCES_UNSEEN)';
const edge: readonly Need[] = [
  listed('source', ['services', ...referringKinds], unseen),
  { side: 'source', verbs: ['list'], of: 'custom', in: 'cluster', only: 'clusterScoped', without: unseen },
  ...both.map((side): Need => {
    const without = 'whether something that is referred to exists is not known';
    return { side, verbs: ['get'], of: 'referred', in: 'cluster', without };
  }),
];

/** Lists of the checks that plan, assessment and run share (src/services/planning/plan-facts.ts, claim-moves.ts). */
const checked: readonly Need[] = both.map((side) => ({
  ...{ side, verbs: ['list'], of: 'checked', in: 'cluster' },
  without: 'the checks that need them are not made (CHECK_NOT_MADE)',
}));

/** The pods of movers are asked about in a dry run (src/services/volumes/mover-admission.ts). */
const moverAdmission: readonly Need[] = both.flatMap((side): readonly Need[] => {
  const without = 'admission is not asked about the pods of movers (CHECK_NOT_MADE)';
  return [
    { side, verbs: ['create'], of: ['namespaces'], in: 'cluster', only: 'moves', without },
    { side, verbs: ['create'], of: ['pods'], in: 'own', only: 'moves', without },
    {
      ...{ side, verbs: ['get'], in: 'cluster', only: 'moves', without },
      of: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map(
        (plural) => `${plural}.admissionregistration.k8s.io`
      ),
    },
  ];
});

/** Objects of the plan that are on the target already (src/services/planning/judge-plan.ts). */
export const comparing: readonly Need[] = [
  { side: 'target', verbs: ['get'], of: ['namespaces'], in: 'cluster' },
  { side: 'target', verbs: ['get'], of: 'captured', in: 'scope' },
  { side: 'target', verbs: ['get'], of: 'dependencies', in: 'cluster', only: 'clusterScoped' },
];

/** How the data of claims is taken (src/services/volumes/stored-classes.ts). */
const judgingClaims: readonly Need[] = [
  {
    ...{ side: 'source', verbs: ['list'], in: 'cluster' },
    of: ['storageclasses.storage.k8s.io', 'volumesnapshotclasses.snapshot.storage.k8s.io'],
  },
  { side: 'source', verbs: ['get'], of: ['persistentvolumes'], in: 'cluster', only: 'claims' },
];

/** activities/plan-claims.ts and what it calls */
export const planningClaims: readonly Need[] = [
  ...judgingClaims.map((need): Need => ({ ...need, only: 'moves' })),
  ...[...profile, ...webhooks('source'), ...moverAdmission, ...checked].filter(({ side }) => side === 'source'),
];

/** activities/compute-desired-state.ts and what it calls */
export const planning: readonly Need[] = [
  ...identity,
  ...profile,
  ...edge,
  ...checked,
  // The classes of claims are read whether there are claims or not.
  { side: 'target', verbs: ['list'], of: ['storageclasses.storage.k8s.io'], in: 'cluster' },
  ...judgingClaims,
  ...comparing,
  {
    ...{ side: 'target', verbs: ['list'], of: 'any', in: 'scope' },
    without: 'what the namespaces of the target hold is not known in full, which is reported',
  },
  {
    ...{ side: 'target', verbs: ['update'], of: 'captured', in: 'scope', only: 'updates' },
    without: 'whether the target accepts the updates is known only when they are made',
  },
  {
    ...{ side: 'target', verbs: ['get'], of: ['customresourcedefinitions.apiextensions.k8s.io'], in: 'cluster' },
    without: 'fields that a definition of the target drops are not found (DEFINITIONS_UNREADABLE)',
  },
  ...both.flatMap(webhooks),
  ...moverAdmission,
];

/** Everything that checks of an assessment look at (src/services/assess/cluster-facts.ts). */
export const judging: readonly Need[] = [
  ...both.map((side) =>
    listed(
      side,
      assessedKinds[side].map((plural) => groupResource({ plural, group: factKinds[plural] })),
      'the checks that need them are not made'
    )
  ),
  {
    ...{ side: 'target', verbs: ['get'], of: ['configmaps'], in: 'cluster' },
    without: 'whether a Cluster Autoscaler reports in kube-system is not known',
  },
];
