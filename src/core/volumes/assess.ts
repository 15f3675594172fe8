import type { VolumesSpec } from '../spec/spec.ts';
import { chooseReadClass, noReadClass } from './choose-read-class.ts';
import { chooseSnapshotClass, type SnapshotClass } from './choose-snapshot-class.ts';
import type { StorageClassFacts } from './storage-class-facts.ts';

export interface AssessContext {
  readonly volumes: VolumesSpec;
  /** `storageClasses` of the Migration. */
  readonly storageClassMapping: Readonly<Record<string, string>>;
  readonly sourceClasses: readonly StorageClassFacts[];
  readonly snapshotClasses: readonly SnapshotClass[];
  readonly targetClasses: readonly StorageClassFacts[];
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

/** What is done with a claim. `refuse`: the findings hold a blocker. */
export type ClaimDecision =
  | {
      readonly action: 'move';
      readonly way: 'snapshot' | 'copyWhileQuiesced';
      /** '' for a direct copy. */
      readonly snapshotClass: string;
      readonly sourceClass: string;
      /** Class of the claim that a snapshot is read through, where it cannot be `sourceClass`. */
      readonly readClass?: string;
      readonly targetClass: string;
      readonly volume: string;
      /** Capacity of the volume, which can be more than the claim asks for. */
      readonly size: string;
      readonly accessModes: readonly string[];
      /** What becomes of the volume when its claim goes, where that is not left to the class of the target. */
      readonly reclaimPolicy?: string;
      readonly reason: string;
      readonly findings: readonly VolumeFinding[];
    }
  | {
      readonly action: 'create-empty';
      readonly targetClass: string;
      readonly reason: string;
      readonly findings: readonly VolumeFinding[];
    }
  | { readonly action: 'exclude'; readonly reason: string; readonly findings: readonly VolumeFinding[] }
  | { readonly action: 'refuse'; readonly findings: readonly VolumeFinding[] };

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

type ClassMapping = Pick<AssessContext, 'storageClassMapping' | 'targetClasses'>;

/** Maps a storage class: the Migration's mapping, its '*', the same name, and for claims without a class the default. */
export function mapStorageClass(sourceClass: string, context: ClassMapping): string | undefined {
  const { storageClassMapping, targetClasses } = context;
  const mapped = storageClassMapping[sourceClass] ?? storageClassMapping['*'];
  const wanted = mapped ?? (sourceClass === '' ? targetClasses.find(({ isDefault }) => isDefault)?.name : sourceClass);
  return targetClasses.some(({ name }) => name === wanted) ? wanted : undefined;
}

/**
 * The class of the target for what a claim names (`classOfClaim`). A claim of class '' keeps it unless a key '' maps it, as
 * the rule storage-class does; a volume of another class would never bind to it.
 */
export function mapClassOfClaim(named: string | undefined, context: ClassMapping): string | undefined {
  if (named !== '') return mapStorageClass(named ?? '', context);
  const { '': wanted } = context.storageClassMapping;
  return context.targetClasses.some(({ name }) => name === wanted) ? wanted : undefined;
}

/**
 * Decides what happens to a claim, from the raw JSON of the claim and of its PersistentVolume (undefined when unbound).
 *
 *   claim                        decision
 *   class '', mode none          create empty, warning VOLUME_CLASS_UNMAPPED: it waits for a volume somebody makes
 *   class has no counterpart     refuse VOLUME_CLASS_UNMAPPED
 *   volumes.mode none            create empty
 *   never bound                  create empty, warning VOLUME_UNBOUND: it has never held data
 *   names a volume, or lost      refuse VOLUME_UNBOUND
 *   raw block                    refuse VOLUME_BLOCK_MODE
 *   no snapshot class            by volumes.withoutSnapshot: refuse, exclude, copy while quiesced
 *   else                         move by snapshot
 */
export function assessClaim(claimText: string, pvText: string | undefined, context: AssessContext): ClaimDecision {
  const claim = JSON.parse(claimText) as Claim;
  const volume = pvText === undefined ? undefined : (JSON.parse(pvText) as Volume);
  const { namespace, name } = claim.metadata;
  const subject = `${namespace}/${name}`;
  const moves = context.volumes.mode === 'move';
  // A default class that came later is not written into a bound claim, but into its volume.
  const named = classOfClaim(claim) ?? (volume?.spec.storageClassName || undefined);
  const targetClass = mapClassOfClaim(named, context);
  const sourceClass = named ?? '';
  if (targetClass === undefined) {
    if (named === '' && !moves) return staticEmpty(subject);
    return refuse('VOLUME_CLASS_UNMAPPED', subject, unmapped(named));
  }
  if (!moves) return { action: 'create-empty', targetClass, reason: 'volumes.mode is none', findings: [] };
  const assessed = { subject, sourceClass, targetClass, context };
  if (claim.status?.phase !== 'Bound' || volume === undefined) return unbound(claim, assessed);
  if (claim.spec.volumeMode === 'Block') {
    return refuse('VOLUME_BLOCK_MODE', subject, 'the claim is a raw block volume (volumeMode: Block)');
  }
  return moving(claim, volume, assessed);
}

function unmapped(named: string | undefined): string {
  if (named === undefined) return 'the claim has no storage class, and the target has no default class';
  return named === ''
    ? 'the claim binds to a statically provisioned volume (storage class ""), and no class of the target is mapped to it: set storageClasses[""], which "*" does not cover'
    : `storage class ${named} has no counterpart on the target`;
}

/** Nothing provisions for class '': the claim binds when somebody makes a volume for it. */
function staticEmpty(subject: string): ClaimDecision {
  const message =
    'the claim has no class (storage class ""), so it stays Pending until somebody provisions a volume for it on the target';
  return {
    action: 'create-empty',
    targetClass: '',
    reason: 'volumes.mode is none',
    findings: [{ code: 'VOLUME_CLASS_UNMAPPED', severity: 'warning', subject, message }],
  };
}

interface Assessed {
  readonly subject: string;
  readonly sourceClass: string;
  readonly targetClass: string;
  readonly context: AssessContext;
}

/** A claim without a volume has never held anything, whatever it waits for: a pod, a provisioner, a volume. */
function unbound(claim: Claim, { subject, sourceClass, targetClass, context }: Assessed): ClaimDecision {
  const phase = claim.status?.phase ?? 'Pending';
  const waits = context.sourceClasses.some(({ name, waitsForConsumer }) => name === sourceClass && waitsForConsumer);
  if (phase === 'Pending' && (claim.spec.volumeName ?? '') === '') {
    const why = waits ? 'waits for its first pod' : 'has no volume yet';
    const message = `the claim ${why} and has never held data: it is created empty`;
    return {
      action: 'create-empty',
      targetClass,
      reason: 'never bound',
      findings: [{ code: 'VOLUME_UNBOUND', severity: 'warning', subject, message }],
    };
  }
  return refuse('VOLUME_UNBOUND', subject, `the claim is ${phase}, not Bound: there is nothing to copy`);
}

function moving(claim: Claim, volume: Volume, { subject, sourceClass, targetClass, context }: Assessed): ClaimDecision {
  const driver = volume.spec.csi?.driver ?? '';
  const common = {
    action: 'move' as const,
    sourceClass,
    targetClass,
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
  const finding: VolumeFinding = {
    code: 'SNAPSHOT_CLASS_MISSING',
    severity: 'warning',
    subject,
    message: why,
  };
  if (context.volumes.withoutSnapshot === 'skip') return { action: 'exclude', reason: why, findings: [finding] };
  if (context.volumes.withoutSnapshot === 'fail') return refuse('SNAPSHOT_CLASS_MISSING', subject, why);
  const reason = `${why}; copied directly while no pod uses it`;
  return { ...common, way: 'copyWhileQuiesced', snapshotClass: '', reason, findings: [finding] };
}

/**
 * The reclaim policy to carry: one that somebody set on the volume against its class, and Retain in any case. A volume that
 * was as its class on the source is as its class on the target, unless it would be deleted where it was kept.
 */
function keptPolicy(
  { spec }: Volume,
  sourceClass: string,
  { sourceClasses }: AssessContext
): { readonly reclaimPolicy?: string } {
  const policy = spec.persistentVolumeReclaimPolicy ?? '';
  if (policy !== 'Retain' && policy !== 'Delete') return {};
  const ofClass = sourceClasses.find(({ name }) => name === sourceClass)?.reclaimPolicy;
  return policy === 'Retain' || (ofClass !== undefined && ofClass !== policy) ? { reclaimPolicy: policy } : {};
}

function refuse(code: VolumeFindingCode, subject: string, message: string): ClaimDecision {
  return { action: 'refuse', findings: [{ code, severity: 'blocker', subject, message }] };
}

interface Claim {
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

interface Volume {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly storageClassName?: string;
    readonly capacity?: { readonly storage?: string };
    readonly persistentVolumeReclaimPolicy?: string;
    readonly csi?: { readonly driver: string };
  };
}
