import type { Need, Verb } from '../need.ts';

type Side = Need['side'];
const both: readonly Side[] = ['source', 'target'];

const claims = 'persistentvolumeclaims';
const volumes = 'persistentvolumes';
const snapshots = 'volumesnapshots.snapshot.storage.k8s.io';
const contents = 'volumesnapshotcontents.snapshot.storage.k8s.io';

function own(side: Side, verbs: readonly Verb[], of: string): Need {
  return { side, verbs, of: [of], in: 'own' };
}

function wide(side: Side, verbs: readonly Verb[], of: string): Need {
  return { side, verbs, of: [of], in: 'cluster' };
}

function inScope(side: Side, verbs: readonly Verb[], of: string): Need {
  return { side, verbs, of: [of], in: 'scope' };
}

/** A Job with its Secret, its pod and what the pod says (src/movers/kopia). */
function mover(side: Side): readonly Need[] {
  return [
    own(side, ['create', 'patch'], 'jobs.batch'),
    own(side, ['create'], 'secrets'),
    ...moverRemoval(side),
    own(side, ['list'], 'pods'),
    own(side, ['get'], 'pods/log'),
    { ...own(side, ['list'], 'events'), without: 'the status does not say why a mover pod does not start' },
  ];
}

function moverRemoval(side: Side): readonly Need[] {
  return [own(side, ['get', 'watch', 'delete'], 'jobs.batch'), own(side, ['get', 'watch', 'delete'], 'secrets')];
}

/** A temporary claim with the volume behind it (src/movers/snapshot/temporary-claim.ts). */
function claimRemoval(side: Side): readonly Need[] {
  return [
    own(side, ['get', 'watch', 'delete'], claims),
    own(side, ['get', 'list', 'watch', 'delete'], 'pods'),
    wide(side, ['get', 'watch', 'patch'], volumes),
  ];
}

/** Second volumes of claims that are copied where they are (src/movers/snapshot/direct-copy.ts). */
function directCopy(verbs: readonly Verb[]): Need {
  return { ...wide('source', verbs, volumes), only: 'directCopy' };
}

/** activities/own-namespace.ts */
export const preparing: readonly Need[] = [
  ...both.map((side) => wide(side, ['create', 'get', 'watch', 'patch'], 'namespaces')),
  ...mover('source'),
];

/** src/movers/hooks */
export const hooking: readonly Need[] = [
  { side: 'source', verbs: ['list'], of: ['pods'], in: 'hooks' },
  // An upgrade to a WebSocket is a GET, for which newer servers want `create` as well.
  { side: 'source', verbs: ['get', 'create'], of: ['pods/exec'], in: 'hooks' },
  {
    ...{ side: 'source', verbs: ['get'], of: ['secrets'], in: 'hooks' },
    without: 'the output of a hook that fails is not kept, since secrets in it are not recognised',
  },
];

export const snapshotting: readonly Need[] = [
  inScope('source', ['create', 'get', 'watch'], snapshots),
  wide('source', ['get', 'patch'], contents),
];

export const exposing: readonly Need[] = [
  ...snapshotting,
  wide('source', ['create'], contents),
  own('source', ['create', 'get', 'watch'], snapshots),
  own('source', ['create', 'get'], claims),
  { ...inScope('source', ['list'], 'pods'), only: 'directCopy' },
  { ...inScope('source', ['get'], claims), only: 'directCopy' },
  directCopy(['create', 'get']),
];

export const uploading: readonly Need[] = [
  inScope('source', ['get'], claims),
  inScope('source', ['get'], snapshots),
  { ...inScope('source', ['list'], 'pods'), only: 'directCopy' },
  ...mover('source'),
];

export const makingVolumes: readonly Need[] = [own('target', ['create', 'get'], claims)];

export const downloading: readonly Need[] = mover('target');

/** src/movers/snapshot/binding.ts */
export const binding: readonly Need[] = [
  ...moverRemoval('target'),
  ...claimRemoval('target'),
  wide('target', ['list'], volumes),
  inScope('target', ['create', 'get', 'watch'], claims),
];

export const unbinding: readonly Need[] = [
  ...claimRemoval('target'),
  wide('target', ['list'], volumes),
  inScope('target', ['get', 'watch', 'delete'], claims),
  inScope('target', ['list'], 'pods'),
];

export const releasing: readonly Need[] = [wide('target', ['list', 'patch'], volumes)];

/** src/movers/snapshot/remove-snapshots.ts */
const removingSnapshots: readonly Need[] = [
  inScope('source', ['get', 'watch', 'delete'], snapshots),
  own('source', ['create', 'get', 'watch', 'delete'], snapshots),
  wide('source', ['get', 'list', 'watch', 'patch', 'delete'], contents),
];

export const removingSource: readonly Need[] = [
  ...moverRemoval('source'),
  ...claimRemoval('source'),
  ...removingSnapshots,
  directCopy(['get', 'watch', 'delete']),
];

export const removingTarget: readonly Need[] = [...moverRemoval('target'), ...claimRemoval('target')];

/** What has the label of the run (src/movers/snapshot/leftovers.ts). */
function leftovers(side: Side, where: 'own' | 'scope'): readonly Need[] {
  return [
    { side, verbs: ['list'], of: ['jobs.batch', 'pods', 'secrets', claims, snapshots], in: where },
    { side, verbs: ['list'], of: [contents, volumes], in: 'cluster' },
  ];
}

export const leaving: readonly Need[] = [
  ...moverRemoval('source'),
  ...both.flatMap((side) => [wide(side, ['get', 'watch', 'patch', 'delete'], 'namespaces'), ...leftovers(side, 'own')]),
];

/** Of a clean-up: everything on both sides by its label alone. */
export const sweeping: readonly Need[] = [
  ...both.flatMap((side): readonly Need[] => [
    { ...wide(side, ['list'], 'namespaces'), only: 'patterns' },
    ...leftovers(side, 'own'),
    ...leftovers(side, 'scope'),
    ...moverRemoval(side),
    ...claimRemoval(side),
    inScope(side, ['get'], claims),
  ]),
  ...removingSnapshots,
  ...unbinding,
  directCopy(['get', 'watch', 'delete']),
];
