import type { ApiResource } from '../../core/resource.ts';

function resource(group: string, version: string, kind: string, plural: string, namespaced: boolean): ApiResource {
  return { group, version, kind, plural, namespaced, verbs: [], subresources: [] };
}

/** The kinds a volume's way leads through; all of them stable APIs. */
export const pods: ApiResource = resource('', 'v1', 'Pod', 'pods', true);
export const events: ApiResource = resource('', 'v1', 'Event', 'events', true);
export const secrets: ApiResource = resource('', 'v1', 'Secret', 'secrets', true);
export const jobs: ApiResource = resource('batch', 'v1', 'Job', 'jobs', true);
export const claims: ApiResource = resource('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', true);
export const volumes: ApiResource = resource('', 'v1', 'PersistentVolume', 'persistentvolumes', false);
export const snapshots: ApiResource = resource(
  'snapshot.storage.k8s.io',
  'v1',
  'VolumeSnapshot',
  'volumesnapshots',
  true
);
export const contents: ApiResource = resource(
  'snapshot.storage.k8s.io',
  'v1',
  'VolumeSnapshotContent',
  'volumesnapshotcontents',
  false
);
