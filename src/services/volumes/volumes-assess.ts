import type { Manifest, ManifestVolume } from '../../archive/manifest.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import { catalogue } from '../../core/error-catalogue.ts';
import { assessClaim } from '../../core/volumes/assess.ts';
import type { AssessContext, ClaimDecision } from '../../core/volumes/assess.ts';
import { assessStoredClaim } from '../../core/volumes/assess-stored.ts';
import type { StorageClassFacts } from '../../core/volumes/storage-class-facts.ts';
import type { PlannedMover } from '../../core/volumes/mover-nodes.ts';
import type { Binding } from '../../core/volumes/claim-users.ts';
import type { SnapshotClass } from '../../core/volumes/choose-snapshot-class.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';
import { textOf } from '../objects/text.ts';
import type { ClaimMove } from '../../core/volumes/contract.ts';
import type { PlanSession } from '../session.ts';

const storageClasses = clusterKind('storage.k8s.io', 'StorageClass', 'storageclasses');
const snapshotClasses = clusterKind('snapshot.storage.k8s.io', 'VolumeSnapshotClass', 'volumesnapshotclasses');
const volumes = clusterKind('', 'PersistentVolume', 'persistentvolumes');

/** A claim that moves, and what is to be known of it; undefined plan = it is created empty or stays. */
export interface AssessedClaim {
  readonly decision: ClaimDecision;
  readonly plan: ClaimMove | undefined;
  readonly findings: readonly Finding[];
  /** Where the volume of the source can be attached; absent: anywhere. */
  readonly volumeTerms?: PlannedMover['volumeTerms'];
}

export interface ClaimAssessor {
  /** `desiredClass`: the class the transforms gave it; '' leaves it to the mapping of the file. */
  assess(claimText: string, targetNamespace: string, desiredClass?: string): Promise<AssessedClaim>;
  /** Whether volumes of these classes are made when a pod is scheduled. */
  bindingOf(claim: ClaimMove): Binding;
  /** Where the classes of a claim make volumes. */
  topologiesOf(claim: ClaimMove): Readonly<Record<'source' | 'target', PlannedMover['topologies']>>;
}

/**
 * Reads the classes of both sides once and then judges claims by them; without a source, claims of a recovery point by what
 * the point holds of them. Changes nothing.
 */
export async function openAssessor(
  { source, target, spec }: PlanSession,
  point: Pick<Manifest, 'volumes'> | undefined,
  signal: AbortSignal
): Promise<ClaimAssessor> {
  if (source === undefined) return openStoredAssessor({ target, spec }, point?.volumes ?? [], signal);
  const [sourceClasses, targetClasses, classes] = await Promise.all([
    listPlain<StoredClass>(source, storageClasses, signal),
    listPlain<StoredClass>(target, storageClasses, signal),
    listPlain<StoredClass>(source, snapshotClasses, signal),
  ]);
  const context: AssessContext = {
    volumes: spec.volumes,
    storageClassMapping: spec.storageClasses,
    sourceClasses: sourceClasses.map(classFacts),
    targetClasses: targetClasses.map(classFacts),
    snapshotClasses: classes.map(snapshotClassFacts),
  };
  const waits = (classes: readonly StorageClassFacts[], wanted: string): boolean =>
    classes.some(({ name, waitsForConsumer }) => name === wanted && waitsForConsumer);
  return {
    bindingOf: ({ sourceClass, readClass = sourceClass, targetClass }) => ({
      sourceWaits: waits(context.sourceClasses, readClass),
      targetWaits: waits(context.targetClasses, targetClass),
    }),
    topologiesOf: ({ sourceClass, readClass = sourceClass, targetClass }) => {
      const of = (classes: readonly StoredClass[], wanted: string) =>
        classes.find(({ metadata }) => metadata.name === wanted)?.allowedTopologies ?? [];
      return { source: of(sourceClasses, readClass), target: of(targetClasses, targetClass) };
    },
    async assess(claimText, targetNamespace, desiredClass = '') {
      const claim = JSON.parse(claimText) as StoredClaim;
      const { volumeName = '' } = claim.spec;
      const volume =
        volumeName === ''
          ? undefined
          : await source.get({ resource: volumes, namespace: '', name: volumeName }, { signal });
      const mapping = { '*': desiredClass, '': desiredClass };
      const given = desiredClass === '' ? context : { ...context, storageClassMapping: mapping };
      const decision = assessClaim(claimText, volume === undefined ? undefined : textOf(volume.bytes), given);
      const { namespace, name } = claim.metadata;
      return {
        decision,
        ...(volume === undefined ? {} : termsOf(textOf(volume.bytes))),
        plan: decision.action === 'move' ? { namespace, name, targetNamespace, ...pick(decision) } : undefined,
        findings: findingsOf(decision, source.name),
      };
    },
  };
}

/** Judges claims of a recovery point: their data is in it, and nothing of them is on a source. */
async function openStoredAssessor(
  { target, spec }: Pick<PlanSession, 'target' | 'spec'>,
  volumes: readonly ManifestVolume[],
  signal: AbortSignal
): Promise<ClaimAssessor> {
  const classes = await listPlain<StoredClass>(target, storageClasses, signal);
  const targetClasses = classes.map(classFacts);
  const stored = new Map(volumes.map((volume) => [volume.claim, volume]));
  return {
    bindingOf: ({ targetClass }) => ({
      sourceWaits: false,
      targetWaits: targetClasses.some(({ name, waitsForConsumer }) => name === targetClass && waitsForConsumer),
    }),
    topologiesOf: ({ targetClass }) => ({
      source: [],
      target: classes.find(({ metadata }) => metadata.name === targetClass)?.allowedTopologies ?? [],
    }),
    assess(claimText, targetNamespace, desiredClass = '') {
      const { namespace, name } = (JSON.parse(claimText) as StoredClaim).metadata;
      const storageClassMapping = desiredClass === '' ? spec.storageClasses : { '*': desiredClass, '': desiredClass };
      const context = { volumes: spec.volumes, storageClassMapping, targetClasses };
      const decision = assessStoredClaim(claimText, stored.get(`${namespace}/${name}`), context);
      return Promise.resolve({
        decision,
        plan: decision.action === 'move' ? { namespace, name, targetNamespace, ...pick(decision) } : undefined,
        findings: findingsOf(decision, spec.source.name),
      });
    },
  };
}

function findingsOf({ findings }: ClaimDecision, cluster: string): readonly Finding[] {
  return findings.map((finding) => ({
    ...finding,
    subject: `${cluster}: PersistentVolumeClaim ${finding.subject}`,
    remedy: catalogue[finding.code].fix,
  }));
}

function termsOf(volumeText: string): Pick<AssessedClaim, 'volumeTerms'> {
  const { spec } = JSON.parse(volumeText) as {
    readonly spec?: { nodeAffinity?: { required?: { nodeSelectorTerms?: PlannedMover['volumeTerms'] } } };
  };
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms;
  return terms === undefined ? {} : { volumeTerms: terms };
}

function pick(
  decision: Extract<ClaimDecision, { action: 'move' }>
): Omit<ClaimMove, 'namespace' | 'name' | 'targetNamespace'> {
  const { way, snapshotClass, sourceClass, targetClass, size, accessModes, reclaimPolicy, readClass } = decision;
  return {
    ...{ way, snapshotClass, sourceClass, targetClass, size, accessModes },
    ...(reclaimPolicy === undefined ? {} : { reclaimPolicy }),
    ...(readClass === undefined ? {} : { readClass }),
  };
}

interface StoredClass {
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

interface StoredClaim {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: { readonly volumeName?: string };
}

function classFacts({
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
