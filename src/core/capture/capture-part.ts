import type { ApiResource, ObjectRef } from '../resource.ts';
import { describeRef, objectKey } from '../resource.ts';
import type { DependencyRequest } from '../select/dependencies.ts';
import type { StoredRef } from '../stored-ref.ts';

/** An object that does not travel, and why. */
export interface ExcludedObject {
  readonly ref: ObjectRef;
  readonly rule: string;
  readonly reason: string;
}

/** Excluded objects of one rule: the number is whole, the names are examples. */
export interface ExcludedGroup {
  readonly rule: string;
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/** One list as it was read: everything of it is consistent at this resourceVersion. */
export interface ListedAt {
  readonly resource: ApiResource;
  /** '' = all namespaces, or a cluster-scoped kind. */
  readonly namespace: string;
  readonly resourceVersion: string;
  /** How often it had to start again because the version was compacted (410). */
  readonly restarted: number;
}

/** A kind that is never taken and whose objects could not be listed: they are in no count. */
export interface UncountedKind {
  /** `leases.coordination.k8s.io`. */
  readonly kind: string;
  readonly why: string;
}

/** What one capture activity found; parts are merged into the capture. */
export interface CapturePart {
  readonly indexes: readonly StoredRef[];
  readonly objects: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly lists: readonly ListedAt[];
  readonly dependencies: readonly DependencyRequest[];
  /** ServiceAccounts captured, `namespace/name`: cluster-wide bindings are found by them. */
  readonly accounts: readonly string[];
  readonly excludedCount: number;
  readonly excludedGroups: readonly ExcludedGroup[];
  /** Every excluded object by name, stored. */
  readonly excludedRefs: readonly StoredRef[];
  /** Absent: everything was counted. */
  readonly uncounted?: readonly UncountedKind[];
}

const examplesMax = 5;
/** As many as selection keeps (select/dependencies.ts). */
const neededByMax = 3;

export const emptyPart: CapturePart = {
  indexes: [],
  objects: 0,
  rawBytes: 0,
  storedBytes: 0,
  lists: [],
  dependencies: [],
  accounts: [],
  excludedCount: 0,
  excludedGroups: [],
  excludedRefs: [],
};

/** Adds two parts up. Associative; keeps the order. */
export function mergeParts(left: CapturePart, right: CapturePart): CapturePart {
  const uncounted = [...(left.uncounted ?? []), ...(right.uncounted ?? [])];
  return {
    indexes: [...left.indexes, ...right.indexes],
    objects: left.objects + right.objects,
    rawBytes: left.rawBytes + right.rawBytes,
    storedBytes: left.storedBytes + right.storedBytes,
    lists: [...left.lists, ...right.lists],
    dependencies: distinct([...left.dependencies, ...right.dependencies]),
    accounts: [...left.accounts, ...right.accounts],
    excludedCount: left.excludedCount + right.excludedCount,
    excludedGroups: mergeGroups(left.excludedGroups, right.excludedGroups),
    excludedRefs: [...left.excludedRefs, ...right.excludedRefs],
    ...(uncounted.length === 0 ? {} : { uncounted }),
  };
}

/** Groups excluded objects by rule and reason, most frequent first. */
export function groupExcluded(objects: readonly ExcludedObject[]): readonly ExcludedGroup[] {
  const groups = new Map<string, { rule: string; reason: string; count: number; examples: string[] }>();
  for (const { ref, rule, reason } of objects) {
    const key = `${rule}\n${reason}`;
    const group = groups.get(key) ?? { rule, reason, count: 0, examples: [] };
    group.count += 1;
    if (group.examples.length < examplesMax) group.examples.push(describeRef(ref));
    groups.set(key, group);
  }
  return sorted([...groups.values()]);
}

function mergeGroups(left: readonly ExcludedGroup[], right: readonly ExcludedGroup[]): readonly ExcludedGroup[] {
  const groups = new Map<string, ExcludedGroup>();
  for (const group of [...left, ...right]) {
    const key = `${group.rule}\n${group.reason}`;
    const known = groups.get(key);
    groups.set(key, {
      ...group,
      count: group.count + (known?.count ?? 0),
      examples: [...(known?.examples ?? []), ...group.examples].slice(0, examplesMax),
    });
  }
  return sorted([...groups.values()]);
}

function sorted(groups: ExcludedGroup[]): ExcludedGroup[] {
  return groups.sort((left, right) => right.count - left.count || (left.rule < right.rule ? -1 : 1));
}

/**
 * One request for each object that is needed, however many need it: a thousand custom resources are one definition.
 * Keeps the order and the first three that need it.
 */
export function distinct(requests: readonly DependencyRequest[]): readonly DependencyRequest[] {
  const known = new Map<string, DependencyRequest>();
  for (const request of requests) {
    const key = `${request.mode} ${objectKey(request.ref)} ${request.reason}`;
    const earlier = known.get(key);
    if (earlier === undefined) known.set(key, request);
    else if (earlier.neededBy.length < neededByMax) {
      known.set(key, { ...earlier, neededBy: neededByBoth(earlier, request) });
    }
  }
  return [...known.values()];
}

/** A list read twice (a repeated attempt) names the same object once. */
function neededByBoth(left: DependencyRequest, right: DependencyRequest): readonly ObjectRef[] {
  const byKey = new Map([...left.neededBy, ...right.neededBy].map((ref) => [objectKey(ref), ref]));
  return [...byKey.values()].slice(0, neededByMax);
}
