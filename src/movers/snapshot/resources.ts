import { parseApiVersion, type ApiResource } from '../../core/resource.ts';

function resource(apiVersion: string, kind: string, plural: string): ApiResource {
  return { ...parseApiVersion(apiVersion), kind, plural, namespaced: true, verbs: [], subresources: [] };
}

function clusterScoped(namespaced: ApiResource): ApiResource {
  return { ...namespaced, namespaced: false };
}

const snapshotApi = 'snapshot.storage.k8s.io/v1';

/** The kinds a volume's way leads through; all of them stable APIs. */
export const pods: ApiResource = resource('v1', 'Pod', 'pods');
export const events: ApiResource = resource('v1', 'Event', 'events');
export const secrets: ApiResource = resource('v1', 'Secret', 'secrets');
export const jobs: ApiResource = resource('batch/v1', 'Job', 'jobs');
export const claims: ApiResource = resource('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const volumes: ApiResource = clusterScoped(resource('v1', 'PersistentVolume', 'persistentvolumes'));
export const snapshots: ApiResource = resource(snapshotApi, 'VolumeSnapshot', 'volumesnapshots');
export const contents: ApiResource = clusterScoped(
  resource(snapshotApi, 'VolumeSnapshotContent', 'volumesnapshotcontents')
);
