import { mayRunPods, podPlaces, type PodPlace } from '../../core/graph/pod-places.ts';
import { describeRef, type ObjectRef } from '../../core/resource.ts';
import type { RunSpec, Platform } from '../../core/spec/spec.ts';
import type { ClusterProfile } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

/** An object as the checks look at it: what it is, its text, and the text decoded. */
export interface CheckedObject {
  readonly ref: ObjectRef;
  readonly root: Tree;
  readonly text: string;
}

/** One captured object and what comes of it: itself unless it is excluded, and what rules made of it. */
export interface CheckedPair {
  readonly before: CheckedObject;
  readonly after: readonly CheckedObject[];
}

/** What the checks know of both clusters. They know no rule, and neither what the rules said. */
export interface CheckFacts {
  readonly from: Platform;
  readonly to: Platform;
  /** Absent: not read. */
  readonly source?: ClusterProfile;
  readonly target?: ClusterProfile;
  /** What the file says of exposure where the source says nothing. */
  readonly defaultExposure: 'internal' | 'public';
  readonly namespaceMapping: Readonly<Record<string, string>>;
}

/** The facts of a migration. */
export function checkFacts(
  spec: Pick<RunSpec, 'translation' | 'namespaceMapping'>,
  { source, target }: { readonly source: ClusterProfile; readonly target: ClusterProfile }
): CheckFacts {
  return {
    from: source.platform,
    to: target.platform,
    source,
    target,
    defaultExposure: spec.translation?.loadBalancers.defaultExposure ?? 'internal',
    namespaceMapping: spec.namespaceMapping,
  };
}

export type BreachCode = 'EXPOSURE_WIDENED' | 'SELECTION_CHANGED' | 'PLACEMENT_BROKEN' | 'SOURCE_LEFTOVER';

/** Something that is no longer as it was on the source, about one object by its name. */
export interface Breach {
  readonly code: BreachCode;
  /** `Service shop/web`, as it is called on the target. */
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
  /** A blocker unless this says that it may be intended. */
  readonly severity?: 'warning';
}

/** Where an object of either side has fields of a pod spec. */
export function placesOf({ ref, root, text }: CheckedObject): readonly PodPlace[] {
  return mayRunPods(text, ref) ? podPlaces(root, ref) : [];
}

/** What to do about something that is left of the source. */
export const leftoverRemedy =
  'replace it by a transform or a table of the Migration, or accept it by its name in spec.waivers';

export type Side = 'before' | 'after';

export function subjectOf({ ref }: CheckedObject): string {
  return describeRef(ref);
}
