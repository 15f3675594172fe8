import type { Manifest, ManifestVolume } from '../../archive/manifest.ts';
import type { Finding } from '../../core/run/events.ts';
import { assessClaim } from '../../core/volumes/assess.ts';
import type { AssessContext, ClaimDecision } from '../../core/volumes/assess.ts';
import type { DataWay } from '../../core/volumes/data-of-claim.ts';
import { assessStoredClaim } from '../../core/volumes/assess-stored.ts';
import type { StorageClassFacts } from '../../core/volumes/storage-class-facts.ts';
import type { PlannedMover } from '../../core/volumes/mover-nodes.ts';
import type { Binding } from '../../core/volumes/claim-users.ts';
import type { ClaimMove } from '../../core/volumes/contract.ts';
import type { PlanSession } from '../session.ts';
import {
  claimFindings,
  classFacts,
  listClasses,
  listSnapshotClasses,
  readVolume,
  termsOf,
  topologiesOf,
} from './stored-classes.ts';

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
  const [sourceClasses, targetClasses, snapshotClasses] = await Promise.all([
    listClasses(source, signal),
    listClasses(target, signal),
    listSnapshotClasses(source, signal),
  ]);
  const context: AssessContext = {
    volumes: spec.volumes,
    storageClassMapping: spec.storageClasses,
    sourceClasses: sourceClasses.map(classFacts),
    targetClasses: targetClasses.map(classFacts),
    snapshotClasses,
  };
  const waits = (classes: readonly StorageClassFacts[], wanted: string): boolean =>
    classes.some(({ name, waitsForConsumer }) => name === wanted && waitsForConsumer);
  return {
    bindingOf: ({ sourceClass, readClass = sourceClass, targetClass }) => ({
      sourceWaits: waits(context.sourceClasses, readClass),
      targetWaits: waits(context.targetClasses, targetClass),
    }),
    topologiesOf: ({ sourceClass, readClass = sourceClass, targetClass }) => ({
      source: topologiesOf(sourceClasses, readClass),
      target: topologiesOf(targetClasses, targetClass),
    }),
    async assess(claimText, targetNamespace, desiredClass = '') {
      const claim = JSON.parse(claimText) as StoredClaim;
      const volume = await readVolume(source, claimText, signal);
      const mapping = { '*': desiredClass, '': desiredClass };
      const given = desiredClass === '' ? context : { ...context, storageClassMapping: mapping };
      const decision = assessClaim(claimText, volume, given);
      const { namespace, name } = claim.metadata;
      return {
        decision,
        ...(volume === undefined ? {} : termsOf(volume)),
        plan: decision.action === 'move' ? { namespace, name, targetNamespace, ...pick(decision) } : undefined,
        findings: claimFindings(decision.findings, source.name),
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
  const classes = await listClasses(target, signal);
  const targetClasses = classes.map(classFacts);
  const stored = new Map(volumes.map((volume) => [volume.claim, volume]));
  return {
    bindingOf: ({ targetClass }) => ({
      sourceWaits: false,
      targetWaits: targetClasses.some(({ name, waitsForConsumer }) => name === targetClass && waitsForConsumer),
    }),
    topologiesOf: ({ targetClass }) => ({
      source: [],
      target: topologiesOf(classes, targetClass),
    }),
    assess(claimText, targetNamespace, desiredClass = '') {
      const { namespace, name } = (JSON.parse(claimText) as StoredClaim).metadata;
      const storageClassMapping = desiredClass === '' ? spec.storageClasses : { '*': desiredClass, '': desiredClass };
      const context = { volumes: spec.volumes, storageClassMapping, targetClasses };
      const decision = assessStoredClaim(claimText, stored.get(`${namespace}/${name}`), context);
      return Promise.resolve({
        decision,
        plan: decision.action === 'move' ? { namespace, name, targetNamespace, ...pick(decision) } : undefined,
        findings: claimFindings(decision.findings, spec.source.name),
      });
    },
  };
}

/** How data is read, and into which class it goes; '' where it goes no further than into the repository. */
export function pick(
  decision: DataWay & { readonly targetClass: string }
): Omit<ClaimMove, 'namespace' | 'name' | 'targetNamespace'> {
  const { way, snapshotClass, sourceClass, targetClass, size, accessModes, reclaimPolicy, readClass } = decision;
  return {
    ...{ way, snapshotClass, sourceClass, targetClass, size, accessModes },
    ...(reclaimPolicy === undefined ? {} : { reclaimPolicy }),
    ...(readClass === undefined ? {} : { readClass }),
  };
}

interface StoredClaim {
  readonly metadata: { readonly namespace: string; readonly name: string };
}
