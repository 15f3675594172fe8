import { classOfClaim, dataOfClaim, refuse, subjectOf } from './data-of-claim.ts';
import type { Claim, DataWay, RefusedClaim, SourceContext, Volume, VolumeFinding } from './data-of-claim.ts';
import type { StorageClassFacts } from './storage-class-facts.ts';

export interface AssessContext extends SourceContext {
  /** `storageClasses` of the Migration. */
  readonly storageClassMapping: Readonly<Record<string, string>>;
  readonly targetClasses: readonly StorageClassFacts[];
}

/** What is done with a claim. `refuse`: the findings hold a blocker. */
export type ClaimDecision =
  | ({ readonly action: 'move'; readonly targetClass: string } & DataWay)
  | {
      readonly action: 'create-empty';
      readonly targetClass: string;
      readonly reason: string;
      readonly findings: readonly VolumeFinding[];
    }
  | { readonly action: 'exclude'; readonly reason: string; readonly findings: readonly VolumeFinding[] }
  | RefusedClaim;

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
 *   else                         as `dataOfClaim`, whatever is taken moves
 */
export function assessClaim(claimText: string, pvText: string | undefined, context: AssessContext): ClaimDecision {
  const claim = JSON.parse(claimText) as Claim;
  const volume = pvText === undefined ? undefined : (JSON.parse(pvText) as Volume);
  const subject = subjectOf(claim);
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
  const data = dataOfClaim({ claim, volume, sourceClass }, context);
  if (data.action === 'none') return neverBound(subject, targetClass, data.why);
  return data.action === 'take' ? { ...data, action: 'move', targetClass } : data;
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

function neverBound(subject: string, targetClass: string, why: string): ClaimDecision {
  return {
    action: 'create-empty',
    targetClass,
    reason: 'never bound',
    findings: [{ code: 'VOLUME_UNBOUND', severity: 'warning', subject, message: `${why}: it is created empty` }],
  };
}
