import { createNamed, readNamed } from '../../archive/stored.ts';
import { isLandfallError } from '../../core/errors.ts';
import type { Platform } from '../../core/spec/spec.ts';
import { translationBetween, withTranslation } from '../../translate/between.ts';
import type { ClusterProfile, Translation } from '../../core/profile/cluster-profile.ts';
import type { TransformContext } from '../../core/transform/rule.ts';
import { readProfile } from '../../platform/read-profile.ts';
import type { Location } from '../../ports/location.ts';
import type { PlanSession, Session } from '../session.ts';

/** Both clusters as they were when the run first looked. */
export interface StoredProfiles {
  readonly source: ClusterProfile;
  readonly target: ClusterProfile;
}

/** By the Location a run has open, which its activities share. */
const known = new WeakMap<Location, Promise<StoredProfiles | undefined>>();

/**
 * What both clusters are. Read once a run, and kept in the Location: plan, apply and verification translate by the same
 * facts, whatever changes meanwhile. The first that is stored is the one that counts. Undefined where the file leaves
 * nothing to translate.
 */
export function profilesOf(session: PlanSession, signal: AbortSignal): Promise<StoredProfiles | undefined> {
  return knownOr(session, () => readOnce(session, signal));
}

/** The same for what comes after the plan, which has stored them: asks no cluster. Throws STORED_OBJECT_MISSING. */
function plannedProfiles(session: Session<never>): Promise<StoredProfiles | undefined> {
  return knownOr(session, async () => parse(await readNamed(session.location, keyOf(session))));
}

function knownOr(session: Session<never>, read: () => Promise<StoredProfiles>): Promise<StoredProfiles | undefined> {
  const { location } = session;
  const before = known.get(location);
  if (before !== undefined) return before;
  const reading = isNeeded(session) ? read() : Promise.resolve(undefined);
  known.set(location, reading);
  reading.catch(() => known.delete(location));
  return reading;
}

/** The profiles, when an earlier step has stored them; asks no cluster. */
export async function storedProfiles(session: Session<never>): Promise<StoredProfiles | undefined> {
  try {
    return parse(await readNamed(session.location, keyOf(session)));
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}

/** The context of a run with the pack of its direction in it, as the plan had it. */
export async function translated(session: Session<never>, context: TransformContext): Promise<TransformContext> {
  return withTranslation(context, translationOf(session, await plannedProfiles(session)));
}

/** What translates between the clusters of a run; undefined when nothing does. */
export function translationOf({ spec }: Session<never>, profiles: StoredProfiles | undefined): Translation | undefined {
  if (profiles === undefined) return undefined;
  return translationBetween(spec.translation, profiles.source, profiles.target);
}

/** What the checks of a plan compare by: the profiles of the run, or, where nothing is translated, those of now. */
export async function comparedProfiles(session: PlanSession, signal: AbortSignal): Promise<StoredProfiles> {
  const kept = await profilesOf(session, signal);
  if (kept !== undefined) return kept;
  return readBoth(session, signal);
}

function isNeeded({ spec }: Session<never>): boolean {
  if (spec.translation === undefined || spec.translation.mode === 'off') return false;
  return spec.source.platform !== 'generic' || spec.target?.platform !== 'generic';
}

async function readOnce(session: PlanSession, signal: AbortSignal): Promise<StoredProfiles> {
  const stored = await storedProfiles(session);
  if (stored !== undefined) return stored;
  const { location } = session;
  const bytes = Buffer.from(`${JSON.stringify(await readBoth(session, signal))}\n`);
  await createNamed(location, { key: keyOf(session), bytes }, { signal });
  return parse(await readNamed(location, keyOf(session), { signal }));
}

async function readBoth({ source, target, spec }: PlanSession, signal: AbortSignal): Promise<StoredProfiles> {
  const [from, to] = await Promise.all([
    source === undefined ? recordedProfile(spec.source.platform) : readProfile(source, spec.source, signal),
    readProfile(target, spec.target, signal),
  ]);
  return { source: from, target: to };
}

/** The source of a recovery point: its platform is recorded, and nothing else of it is known. */
function recordedProfile(platform: Platform | 'detect'): ClusterProfile {
  return {
    platform: platform === 'detect' ? 'generic' : platform,
    declared: true,
    evidence: ['the recovery point records it'],
    ...{ storageClasses: [], ingressClasses: [], gatewayClasses: [], runtimeClasses: [], priorityClasses: [] },
    ...{
      zones: [],
      autoMode: false,
      kinds: [],
      unreadable: ['everything but its platform, which is all a recovery point records'],
    },
  };
}

function keyOf({ runId }: Session<never>): string {
  return `runs/${runId}/platforms.json`;
}

function parse(bytes: Uint8Array): StoredProfiles {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as StoredProfiles;
}
