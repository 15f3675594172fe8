import { isJsonObject, type JsonValue } from '../json/value.ts';
import { kinds, type Collect } from './collect.ts';

type Plain = { readonly [key: string]: JsonValue };

/** Reports everything a pod spec names: account, classes, secrets, config maps, claims (core/v1 PodSpec, 1.34). */
export function podReferences(spec: Plain, collect: Collect): void {
  collect(kinds.serviceAccount, spec['serviceAccountName']);
  collect(kinds.priorityClass, spec['priorityClassName'], '');
  collect(kinds.runtimeClass, spec['runtimeClassName'], '');
  for (const secret of objects(spec['imagePullSecrets'])) collect(kinds.secret, secret['name']);
  for (const claim of objects(spec['resourceClaims'])) {
    collect(kinds.resourceClaim, claim['resourceClaimName']);
    collect(kinds.resourceClaimTemplate, claim['resourceClaimTemplateName']);
  }
  for (const list of ['containers', 'initContainers']) {
    for (const container of objects(spec[list])) containerReferences(container, collect);
  }
  for (const volume of objects(spec['volumes'])) volumeReferences(volume, collect);
}

function containerReferences(container: Plain, collect: Collect): void {
  for (const source of objects(container['envFrom'])) {
    collect(kinds.configMap, plain(source['configMapRef'])['name']);
    collect(kinds.secret, plain(source['secretRef'])['name']);
  }
  for (const variable of objects(container['env'])) {
    const from = plain(variable['valueFrom']);
    collect(kinds.configMap, plain(from['configMapKeyRef'])['name']);
    collect(kinds.secret, plain(from['secretKeyRef'])['name']);
  }
}

/** Volume plugins that read a Secret of the pod's namespace, besides those handled by name. */
const secretVolumes = ['cephfs', 'flexVolume', 'rbd', 'iscsi', 'scaleIO', 'storageos'] as const;

function volumeReferences(volume: Plain, collect: Collect): void {
  collect(kinds.configMap, plain(volume['configMap'])['name']);
  collect(kinds.secret, plain(volume['secret'])['secretName']);
  collect(kinds.persistentVolumeClaim, plain(volume['persistentVolumeClaim'])['claimName']);
  for (const source of objects(plain(volume['projected'])['sources'])) {
    collect(kinds.configMap, plain(source['configMap'])['name']);
    collect(kinds.secret, plain(source['secret'])['name']);
  }
  collect(kinds.secret, plain(plain(volume['csi'])['nodePublishSecretRef'])['name']);
  collect(kinds.secret, plain(volume['azureFile'])['secretName']);
  for (const plugin of secretVolumes) collect(kinds.secret, plain(plain(volume[plugin])['secretRef'])['name']);
  const template = plain(plain(volume['ephemeral'])['volumeClaimTemplate']);
  collect(kinds.storageClass, plain(template['spec'])['storageClassName'], '');
}

function objects(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

function plain(value: JsonValue | undefined): Plain {
  return isJsonObject(value) ? value : {};
}
