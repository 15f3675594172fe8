import { catalogue } from '../../core/error-catalogue.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { SnapshotClass } from '../../core/volumes/choose-snapshot-class.ts';
import type { VolumeFinding } from '../../core/volumes/data-of-claim.ts';
import type { PlannedMover } from '../../core/volumes/mover-nodes.ts';
import type { StorageClassFacts } from '../../core/volumes/storage-class-facts.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';
import { textOf } from '../objects/text.ts';

const storageClasses = clusterKind('storage.k8s.io', 'StorageClass', 'storageclasses');
const snapshotClasses = clusterKind('snapshot.storage.k8s.io', 'VolumeSnapshotClass', 'volumesnapshotclasses');
const volumes = clusterKind('', 'PersistentVolume', 'persistentvolumes');

/** A StorageClass or VolumeSnapshotClass, as far as claims are judged by it. */
export interface StoredClass {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly volumeBindingMode?: string;
  readonly allowedTopologies?: PlannedMover['topologies'];
  readonly reclaimPolicy?: string;
  readonly provisioner?: string;
  readonly driver?: string;
  readonly deletionPolicy?: string;
}

/** Lists the storage classes of a cluster. */
export function listClasses(cluster: Cluster, signal: AbortSignal): Promise<StoredClass[]> {
  return listPlain(cluster, storageClasses, signal);
}

/** Lists the snapshot classes of a cluster; none where it does not serve the kind. */
export async function listSnapshotClasses(cluster: Cluster, signal: AbortSignal): Promise<SnapshotClass[]> {
  return (await listPlain<StoredClass>(cluster, snapshotClasses, signal)).map(snapshotClassFacts);
}

/** The PersistentVolume of a claim as raw JSON; undefined where the claim names none, or it is gone. */
export async function readVolume(
  cluster: Cluster,
  claimText: string,
  signal: AbortSignal
): Promise<string | undefined> {
  const { volumeName = '' } = (JSON.parse(claimText) as { readonly spec: { readonly volumeName?: string } }).spec;
  if (volumeName === '') return undefined;
  const volume = await cluster.get({ resource: volumes, namespace: '', name: volumeName }, { signal });
  return volume === undefined ? undefined : textOf(volume.bytes);
}

/** Where a volume can be attached, by its raw JSON; absent: anywhere. */
export function termsOf(volumeText: string): { readonly volumeTerms?: PlannedMover['volumeTerms'] } {
  const { spec } = JSON.parse(volumeText) as {
    readonly spec?: { nodeAffinity?: { required?: { nodeSelectorTerms?: PlannedMover['volumeTerms'] } } };
  };
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms;
  return terms === undefined ? {} : { volumeTerms: terms };
}

/** What is said of claims of a cluster. */
export function claimFindings(findings: readonly VolumeFinding[], cluster: string): readonly Finding[] {
  return findings.map((finding) => ({
    ...finding,
    subject: `${cluster}: PersistentVolumeClaim ${finding.subject}`,
    remedy: catalogue[finding.code].fix,
  }));
}

/** Where volumes of a class can be made; empty: anywhere. */
export function topologiesOf(classes: readonly StoredClass[], wanted: string): PlannedMover['topologies'] {
  return classes.find(({ metadata }) => metadata.name === wanted)?.allowedTopologies ?? [];
}

/** What of a class decides about claims. */
export function classFacts({
  metadata,
  volumeBindingMode,
  provisioner,
  reclaimPolicy = 'Delete',
}: StoredClass): StorageClassFacts {
  return {
    reclaimPolicy,
    ...(provisioner === undefined ? {} : { provisioner }),
    name: metadata.name,
    isDefault: metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    waitsForConsumer: volumeBindingMode === 'WaitForFirstConsumer',
  };
}

function snapshotClassFacts({ metadata, driver = '', deletionPolicy = '' }: StoredClass): SnapshotClass {
  const { name, annotations = {}, labels = {} } = metadata;
  return { name, driver, deletionPolicy, annotations, labels };
}

/** Lists a small cluster-scoped kind; a cluster that does not serve it has none of it. */
async function listPlain<T>(cluster: Cluster, resource: ApiResource, signal: AbortSignal): Promise<T[]> {
  const { resources } = await cluster.discover({ signal });
  if (!resources.some(({ group, plural }) => group === resource.group && plural === resource.plural)) return [];
  return wholeList(cluster.list(resource, { signal }), (item) => JSON.parse(textOf(item)) as T);
}

function clusterKind(group: string, kind: string, plural: string): ApiResource {
  return { group, version: 'v1', kind, plural, namespaced: false, verbs: ['list', 'get'], subresources: [] };
}
