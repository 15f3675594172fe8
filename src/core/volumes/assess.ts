import type { VolumesSpec } from '../spec/spec.ts';
import { chooseSnapshotClass, type SnapshotClass } from './choose-snapshot-class.ts';

/** What the assessment needs of a StorageClass. */
export interface StorageClassFacts {
  readonly name: string;
  readonly isDefault: boolean;
  readonly waitsForConsumer: boolean;
}

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
      readonly targetClass: string;
      readonly volume: string;
      /** Capacity of the volume, which can be more than the claim asks for. */
      readonly size: string;
      readonly accessModes: readonly string[];
      readonly reason: string;
      readonly findings: readonly VolumeFinding[];
    }
  | {
      readonly action: 'create-empty';
      readonly targetClass: string;
      readonly reason: string;
      readonly findings: readonly VolumeFinding[];
    }
  | { readonly action: 'leave-out'; readonly reason: string; readonly findings: readonly VolumeFinding[] }
  | { readonly action: 'refuse'; readonly findings: readonly VolumeFinding[] };

/** Maps a storage class: the Migration's mapping, its '*', the same name, and for claims without a class the default. */
export function mapStorageClass(
  sourceClass: string,
  context: Pick<AssessContext, 'storageClassMapping' | 'targetClasses'>
): string | undefined {
  const { storageClassMapping, targetClasses } = context;
  const mapped = storageClassMapping[sourceClass] ?? storageClassMapping['*'];
  const wanted = mapped ?? (sourceClass === '' ? targetClasses.find(({ isDefault }) => isDefault)?.name : sourceClass);
  return targetClasses.some(({ name }) => name === wanted) ? wanted : undefined;
}

/**
 * Decides what happens to a claim, from the raw JSON of the claim and of its PersistentVolume (undefined when unbound).
 *
 *   claim                        decision
 *   raw block                    refuse VOLUME_BLOCK_MODE (mode none: create empty)
 *   class has no counterpart     refuse VOLUME_CLASS_UNMAPPED
 *   volumes.mode none            create empty
 *   waits for its first pod      create empty, warning VOLUME_UNBOUND: it has never held data
 *   pending or lost              refuse VOLUME_UNBOUND
 *   no snapshot class            by volumes.withoutSnapshot: refuse, leave out, copy while quiesced
 *   else                         move by snapshot
 */
export function assessClaim(claimText: string, pvText: string | undefined, context: AssessContext): ClaimDecision {
  const claim = JSON.parse(claimText) as Claim;
  const volume = pvText === undefined ? undefined : (JSON.parse(pvText) as Volume);
  const { namespace, name } = claim.metadata;
  const subject = `${namespace}/${name}`;
  const moves = context.volumes.mode === 'move';
  if (moves && claim.spec.volumeMode === 'Block') {
    return refuse('VOLUME_BLOCK_MODE', subject, 'the claim is a raw block device (volumeMode: Block)');
  }
  const sourceClass = claim.spec.storageClassName ?? volume?.spec.storageClassName ?? '';
  const targetClass = mapStorageClass(sourceClass, context);
  if (targetClass === undefined) {
    const wanted =
      sourceClass === ''
        ? 'the claim has no storage class and the target has no default'
        : `storage class ${sourceClass} has no counterpart on the target`;
    return refuse('VOLUME_CLASS_UNMAPPED', subject, wanted);
  }
  if (!moves) return { action: 'create-empty', targetClass, reason: 'volumes.mode is none', findings: [] };
  if (claim.status?.phase !== 'Bound' || volume === undefined)
    return unbound(claim, { subject, sourceClass, targetClass, context });
  return moving(claim, volume, { subject, sourceClass, targetClass, context });
}

interface Assessed {
  readonly subject: string;
  readonly sourceClass: string;
  readonly targetClass: string;
  readonly context: AssessContext;
}

function unbound(claim: Claim, { subject, sourceClass, targetClass, context }: Assessed): ClaimDecision {
  const phase = claim.status?.phase ?? 'Pending';
  const waits = context.sourceClasses.some(({ name, waitsForConsumer }) => name === sourceClass && waitsForConsumer);
  if (phase === 'Pending' && waits && (claim.spec.volumeName ?? '') === '') {
    const message = 'the claim waits for its first pod and has never held data: it is created empty';
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
  if (choice.found) {
    const reason = `snapshot class ${choice.snapshotClass.name} (${choice.rule})`;
    return { ...common, way: 'snapshot', snapshotClass: choice.snapshotClass.name, reason };
  }
  const finding: VolumeFinding = {
    code: 'SNAPSHOT_CLASS_MISSING',
    severity: 'warning',
    subject,
    message: choice.reason,
  };
  if (context.volumes.withoutSnapshot === 'skip')
    return { action: 'leave-out', reason: choice.reason, findings: [finding] };
  if (context.volumes.withoutSnapshot === 'fail') return refuse('SNAPSHOT_CLASS_MISSING', subject, choice.reason);
  const reason = `${choice.reason}; copied directly while no pod uses it`;
  return { ...common, way: 'copyWhileQuiesced', snapshotClass: '', reason, findings: [finding] };
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
    readonly csi?: { readonly driver: string };
  };
}
