import type { VolumesSpec } from '../spec/spec.ts';
import { chooseReadClass, noReadClass } from './choose-read-class.ts';
import { chooseSnapshotClass, type SnapshotClass } from './choose-snapshot-class.ts';
import type { StorageClassFacts } from './storage-class-facts.ts';

/** What the way of data out of a volume depends on. */
export interface SourceContext {
  readonly volumes: VolumesSpec;
  readonly sourceClasses: readonly StorageClassFacts[];
  readonly snapshotClasses: readonly SnapshotClass[];
}

export type VolumeFindingCode =
  'VOLUME_BLOCK_MODE' | 'SNAPSHOT_CLASS_MISSING' | 'VOLUME_UNBOUND' | 'VOLUME_CLASS_UNMAPPED';

export interface VolumeFinding {
  readonly code: VolumeFindingCode;
  readonly severity: 'blocker' | 'warning';
  /** `namespace/claim`. */
  readonly subject: string;
  readonly message: string;
}

/** How the data of a volume is read. */
export interface DataWay {
  readonly way: 'snapshot' | 'copyWhileQuiesced';
  /** '' for a direct copy. */
  readonly snapshotClass: string;
  readonly sourceClass: string;
  /** Class of the claim that a snapshot is read through, where it cannot be `sourceClass`. */
  readonly readClass?: string;
  readonly volume: string;
  /** Capacity of the volume, which can be more than the claim asks for. */
  readonly size: string;
  readonly accessModes: readonly string[];
  /** What becomes of the volume when its claim goes, where that is not left to a class. */
  readonly reclaimPolicy?: string;
  readonly reason: string;
  readonly findings: readonly VolumeFinding[];
}

/** What can be done with the data of a claim where it is. `refuse`: the findings hold a blocker. */
export type DataDecision =
  | ({ readonly action: 'take' } & DataWay)
  | { readonly action: 'none'; readonly why: string }
  | { readonly action: 'exclude'; readonly reason: string; readonly findings: readonly VolumeFinding[] }
  | RefusedClaim;

export interface RefusedClaim {
  readonly action: 'refuse';
  readonly findings: readonly VolumeFinding[];
}

/** A claim and its PersistentVolume (undefined when unbound), and the class its data is in; '' for none. */
export interface ClaimOnSource {
  readonly claim: Claim;
  readonly volume: Volume | undefined;
  readonly sourceClass: string;
}

/**
 * Decides how the data of a claim is read, wherever it goes.
 *
 *   claim                        decision
 *   never bound                  none: it has never held data
 *   names a volume, or lost      refuse VOLUME_UNBOUND
 *   raw block                    refuse VOLUME_BLOCK_MODE
 *   no snapshot class            by volumes.withoutSnapshot: refuse, exclude, take while quiesced
 *   else                         take by snapshot
 */
export function dataOfClaim({ claim, volume, sourceClass }: ClaimOnSource, context: SourceContext): DataDecision {
  const subject = subjectOf(claim);
  if (claim.status?.phase !== 'Bound' || volume === undefined) return unbound(claim, sourceClass, context);
  if (claim.spec.volumeMode === 'Block') {
    return refuse('VOLUME_BLOCK_MODE', subject, 'the claim is a raw block volume (volumeMode: Block)');
  }
  const driver = volume.spec.csi?.driver ?? '';
  const common = {
    action: 'take' as const,
    sourceClass,
    volume: volume.metadata.name,
    size: volume.spec.capacity?.storage ?? claim.spec.resources?.requests?.storage ?? '1Gi',
    accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
    ...keptPolicy(volume, sourceClass, context),
    findings: [],
  };
  const choice =
    driver === ''
      ? { found: false as const, reason: `PersistentVolume ${volume.metadata.name} is not a CSI volume` }
      : chooseSnapshotClass(context.snapshotClasses, {
          driver,
          explicit: context.volumes.snapshotClass,
          claimAnnotations: claim.metadata.annotations ?? {},
        });
  const read = chooseReadClass(sourceClass, driver, context.sourceClasses);
  if (choice.found && read.found) {
    const reason = `snapshot class ${choice.snapshotClass.name} (${choice.rule})`;
    const readClass = read.name === sourceClass ? {} : { readClass: read.name };
    return { ...common, ...readClass, way: 'snapshot', snapshotClass: choice.snapshotClass.name, reason };
  }
  const why = choice.found ? noReadClass(sourceClass, driver) : choice.reason;
  const finding: VolumeFinding = { code: 'SNAPSHOT_CLASS_MISSING', severity: 'warning', subject, message: why };
  if (context.volumes.withoutSnapshot === 'skip') return { action: 'exclude', reason: why, findings: [finding] };
  if (context.volumes.withoutSnapshot === 'fail') return refuse('SNAPSHOT_CLASS_MISSING', subject, why);
  const reason = `${why}; copied directly while no pod uses it`;
  return { ...common, way: 'copyWhileQuiesced', snapshotClass: '', reason, findings: [finding] };
}

/** A claim without a volume has never held anything, whatever it waits for: a pod, a provisioner, a volume. */
function unbound(claim: Claim, sourceClass: string, { sourceClasses }: SourceContext): DataDecision {
  const phase = claim.status?.phase ?? 'Pending';
  if (phase === 'Pending' && (claim.spec.volumeName ?? '') === '') {
    const waits = sourceClasses.some(({ name, waitsForConsumer }) => name === sourceClass && waitsForConsumer);
    return {
      action: 'none',
      why: `the claim ${waits ? 'waits for its first pod' : 'has no volume yet'} and has never held data`,
    };
  }
  return refuse('VOLUME_UNBOUND', subjectOf(claim), `the claim is ${phase}, not Bound: there is nothing to copy`);
}

/** `namespace/claim`. */
export function subjectOf({ metadata }: Pick<Claim, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/**
 * The reclaim policy to carry: one that somebody set on the volume against its class, and Retain in any case. A volume that
 * was as its class on the source is as its class on the target, unless it would be deleted where it was kept.
 */
function keptPolicy(
  { spec }: Volume,
  sourceClass: string,
  { sourceClasses }: SourceContext
): { readonly reclaimPolicy?: string } {
  const policy = spec.persistentVolumeReclaimPolicy ?? '';
  if (policy !== 'Retain' && policy !== 'Delete') return {};
  const ofClass = sourceClasses.find(({ name }) => name === sourceClass)?.reclaimPolicy;
  return policy === 'Retain' || (ofClass !== undefined && ofClass !== policy) ? { reclaimPolicy: policy } : {};
}

/** A claim that stands in the way. */
export function refuse(code: VolumeFindingCode, subject: string, message: string): RefusedClaim {
  return { action: 'refuse', findings: [{ code, severity: 'blocker', subject, message }] };
}

/** What of a PersistentVolumeClaim is read. */
export interface Claim {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly volumeMode?: string;
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
  readonly status?: { readonly phase?: string };
}

/** What of a PersistentVolume is read. */
export interface Volume {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly storageClassName?: string;
    readonly capacity?: { readonly storage?: string };
    readonly persistentVolumeReclaimPolicy?: string;
    readonly csi?: { readonly driver: string };
  };
}

const betaAnnotation = 'volume.beta.kubernetes.io/storage-class';

/**
 * The class a claim names: by annotation, which counts before the field (`GetPersistentVolumeClaimClass`), or by field. ''
 * is a name as well: nothing is provisioned. Undefined: the default class.
 */
export function classOfClaim(claim: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly storageClassName?: string };
}): string | undefined {
  return claim.metadata.annotations?.[betaAnnotation] ?? claim.spec.storageClassName;
}
