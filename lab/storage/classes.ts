import type { ApiClient } from '../api-client.ts';
import { csiDriver, snapshotClass, type ClusterPlace } from '../cluster.ts';

/** Creates the cluster's only StorageClass, the default one. */
export async function applyStorageClass(client: ApiClient, cluster: ClusterPlace): Promise<void> {
  const name = cluster.storageClass;
  const manifest = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: csiDriver,
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: false,
    volumeBindingMode: 'WaitForFirstConsumer',
  };
  await client.apply(`/apis/storage.k8s.io/v1/storageclasses/${name}`, JSON.stringify(manifest));
}

/** Creates the VolumeSnapshotClass; the snapshot API must be there. */
export async function applySnapshotClass(client: ApiClient): Promise<void> {
  const manifest = {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name: snapshotClass, annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } },
    driver: csiDriver,
    deletionPolicy: 'Delete',
  };
  await client.apply(
    `/apis/snapshot.storage.k8s.io/v1/volumesnapshotclasses/${snapshotClass}`,
    JSON.stringify(manifest)
  );
}

/** Reports the cluster how its driver wants to be used: nothing to attach, ownership of files set for pods that ask for it. */
export async function applyDriverObject(client: ApiClient): Promise<void> {
  const manifest = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: csiDriver },
    spec: { attachRequired: false, podInfoOnMount: false, fsGroupPolicy: 'File', volumeLifecycleModes: ['Persistent'] },
  };
  await client.apply(`/apis/storage.k8s.io/v1/csidrivers/${csiDriver}`, JSON.stringify(manifest));
}
