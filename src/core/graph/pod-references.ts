import { isJsonObject, type JsonValue } from '../json/value.ts';

type Plain = { readonly [key: string]: JsonValue };
type Collect = (group: string, kind: string, name: unknown, namespace?: string) => void;

/** Reports everything a pod spec names: account, classes, secrets, config maps, claims (core/v1 PodSpec, 1.34). */
export function podReferences(spec: Plain, collect: Collect): void {
  collect('', 'ServiceAccount', spec['serviceAccountName']);
  collect('scheduling.k8s.io', 'PriorityClass', spec['priorityClassName'], '');
  collect('node.k8s.io', 'RuntimeClass', spec['runtimeClassName'], '');
  for (const secret of objects(spec['imagePullSecrets'])) collect('', 'Secret', secret['name']);
  for (const claim of objects(spec['resourceClaims'])) {
    collect('resource.k8s.io', 'ResourceClaim', claim['resourceClaimName']);
    collect('resource.k8s.io', 'ResourceClaimTemplate', claim['resourceClaimTemplateName']);
  }
  for (const list of ['containers', 'initContainers']) {
    for (const container of objects(spec[list])) containerReferences(container, collect);
  }
  for (const volume of objects(spec['volumes'])) volumeReferences(volume, collect);
}

function containerReferences(container: Plain, collect: Collect): void {
  for (const source of objects(container['envFrom'])) {
    collect('', 'ConfigMap', plain(source['configMapRef'])['name']);
    collect('', 'Secret', plain(source['secretRef'])['name']);
  }
  for (const variable of objects(container['env'])) {
    const from = plain(variable['valueFrom']);
    collect('', 'ConfigMap', plain(from['configMapKeyRef'])['name']);
    collect('', 'Secret', plain(from['secretKeyRef'])['name']);
  }
}

/** Volume plugins that read a Secret of the pod's namespace, besides those handled by name. */
const secretVolumes = ['cephfs', 'flexVolume', 'rbd', 'iscsi', 'scaleIO', 'storageos'] as const;

function volumeReferences(volume: Plain, collect: Collect): void {
  collect('', 'ConfigMap', plain(volume['configMap'])['name']);
  collect('', 'Secret', plain(volume['secret'])['secretName']);
  collect('', 'PersistentVolumeClaim', plain(volume['persistentVolumeClaim'])['claimName']);
  for (const source of objects(plain(volume['projected'])['sources'])) {
    collect('', 'ConfigMap', plain(source['configMap'])['name']);
    collect('', 'Secret', plain(source['secret'])['name']);
  }
  collect('', 'Secret', plain(plain(volume['csi'])['nodePublishSecretRef'])['name']);
  collect('', 'Secret', plain(volume['azureFile'])['secretName']);
  for (const plugin of secretVolumes) collect('', 'Secret', plain(plain(volume[plugin])['secretRef'])['name']);
  const template = plain(plain(volume['ephemeral'])['volumeClaimTemplate']);
  collect('storage.k8s.io', 'StorageClass', plain(template['spec'])['storageClassName'], '');
}

function objects(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

function plain(value: JsonValue | undefined): Plain {
  return isJsonObject(value) ? value : {};
}
