import type { MigrationSpec } from '../spec/spec.ts';
import type { PermissionCheck } from './preflight.ts';

type Question = Omit<PermissionCheck, 'allowed' | 'cluster'>;
type Kind = PermissionCheck['resource'];

const snapshots: Kind = { group: 'snapshot.storage.k8s.io', plural: 'volumesnapshots' };
const contents: Kind = { group: 'snapshot.storage.k8s.io', plural: 'volumesnapshotcontents' };
const volumes: Kind = { group: '', plural: 'persistentvolumes' };

/** Verbs of what a mover makes in Landfall's own namespace, its undo included (src/movers). */
const ownKinds: readonly (readonly [Kind, readonly string[]])[] = [
  [{ group: '', plural: 'persistentvolumeclaims' }, ['create', 'get', 'list', 'watch', 'delete']],
  [{ group: 'batch', plural: 'jobs' }, ['create', 'get', 'list', 'watch', 'patch', 'delete']],
  [{ group: '', plural: 'secrets' }, ['create', 'get', 'list']],
  [{ group: '', plural: 'pods' }, ['get', 'list', 'delete']],
  [{ group: '', plural: 'pods/log' }, ['get']],
];

const namespaceVerbs = ['create', 'get', 'patch', 'delete'];

/**
 * Every right that moving volumes and running hooks needs beyond reading and applying objects: asked for before
 * anything is made, because a right that is missing in the middle leaves a frozen source behind. `hasClaims`: volumes
 * move at all; a scope without claims needs none of it.
 */
export function volumeQuestions(
  spec: MigrationSpec,
  namespaces: readonly string[],
  hasClaims: boolean
): readonly Question[] {
  return [
    ...hookQuestions(spec),
    ...(hasClaims && spec.volumes.mode === 'move' ? moveQuestions(spec, namespaces) : []),
  ];
}

function moveQuestions(spec: MigrationSpec, namespaces: readonly string[]): readonly Question[] {
  const own = spec.landfallNamespace;
  const onBoth = (['source', 'target'] as const).flatMap((side) => [
    ...ownKinds.flatMap(([resource, verbs]) => every(side, verbs, resource, own)),
    ...every(side, namespaceVerbs, { group: '', plural: 'namespaces' }, ''),
  ]);
  const snapshotVerbs = ['create', 'get', 'list', 'watch', 'delete'];
  return [
    ...onBoth,
    ...[...namespaces, own].flatMap((namespace) => every('source', snapshotVerbs, snapshots, namespace)),
    ...every('source', ['create', 'get', 'list', 'patch', 'delete'], contents, ''),
    ...every('source', ['get', 'list'], volumes, ''),
    ...every('target', ['get', 'list', 'watch', 'patch'], volumes, ''),
  ];
}

function hookQuestions({ hooks }: MigrationSpec): readonly Question[] {
  const namespaces = [...new Set([...hooks.pre, ...hooks.post].map(({ namespace }) => namespace))];
  return namespaces.flatMap((namespace) => [
    ...every('source', ['list'], { group: '', plural: 'pods' }, namespace),
    ...every('source', ['create'], { group: '', plural: 'pods/exec' }, namespace),
  ]);
}

function every(
  side: Question['side'],
  verbs: readonly string[],
  resource: Kind,
  namespace: string
): readonly Question[] {
  return verbs.map((verb) => ({ side, verb, resource, namespace }));
}
