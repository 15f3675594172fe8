import type { ApiResource } from '../resource.ts';

/** One kind to capture: in which version it is read, where, and whether the target serves that version. */
export interface CaptureKind {
  readonly resource: ApiResource;
  /** Namespaces to list one by one; [''] = all of the cluster in one list (also cluster-scoped kinds). */
  readonly namespaces: readonly string[];
  /** False: its CRD has to travel first, or the kind cannot be applied. */
  readonly servedByTarget: boolean;
}

/** What the capture works through: stored once by the preflight. */
export interface CaptureSelection {
  readonly kinds: readonly CaptureKind[];
  /** Every kind the source serves: owners are judged by it. */
  readonly sourceResources: readonly ApiResource[];
  /** Cluster-scoped kinds, read only for the names that objects in scope need. */
  readonly clusterKinds: readonly CaptureKind[];
  /** Namespaced kinds that are never taken; listed for the names that are excluded. Absent in plans of older runs. */
  readonly countedKinds?: readonly CaptureKind[];
  readonly namespaces: readonly string[];
  /** Namespaces that are in scope by name and excluded all the same: name to reason. */
  readonly excludedNamespaces: Readonly<Record<string, string>>;
}

interface Served extends ApiResource {
  readonly preferred: boolean;
}

/** Above this many namespaces one cluster-wide list is cheaper than one list a namespace. */
export const namespacesListedOneByOne = 20;

/**
 * Chooses for every kind of the source the version to read it in: the preferred one if the target serves it, else any
 * other version both sides serve (the API server converts between served versions), else the preferred one. Never a
 * version only for the target: what is read must be what the source stores and validates.
 */
export function chooseCaptureKinds(
  source: readonly Served[],
  target: readonly Served[],
  namespaces: readonly string[]
): readonly CaptureKind[] {
  const served = new Set(target.map((resource) => keyOf(resource, resource.version)));
  const kinds = new Map<string, Served[]>();
  for (const resource of source) {
    const key = `${resource.group}/${resource.plural}`;
    kinds.set(key, [...(kinds.get(key) ?? []), resource]);
  }
  const perNamespace = namespaces.length <= namespacesListedOneByOne ? namespaces : [''];
  return [...kinds.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, versions]) => {
      const preferred = versions.find((version) => version.preferred) ?? versions[0];
      if (preferred === undefined) return [];
      const common = [preferred, ...versions].find((version) => served.has(keyOf(version, version.version)));
      const { preferred: _, ...resource } = common ?? preferred;
      return [
        {
          resource,
          namespaces: resource.namespaced ? perNamespace : [''],
          servedByTarget: common !== undefined,
        },
      ];
    });
}

function keyOf(resource: ApiResource, version: string): string {
  return `${resource.group}/${version}/${resource.plural}`;
}
