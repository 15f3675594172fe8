import { isLandfallError } from '../core/errors.ts';
import { apiVersionOf, groupResource } from '../core/resource.ts';
import type { CallOptions, DiscoveryFailure, ServedResource } from '../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { parseAnswer } from './parse-answer.ts';

/** A group with its versions, the preferred one first. */
export interface GroupVersions {
  readonly group: string;
  readonly versions: readonly string[];
}

interface LegacyEntry {
  /** `pods`, or `pods/status` for a subresource. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
}

/** What one root of the API serves; the short names in the order of discovery. */
export interface DiscoveredRoot {
  readonly resources: readonly ServedResource[];
  readonly failures: readonly DiscoveryFailure[];
  readonly shortNames: readonly (readonly [string, string])[];
}

/** One request for each group version: servers before 1.26, and gateways that do not pass the Accept header on. */
export async function discoverLegacy(
  client: ApiClient,
  groups: readonly GroupVersions[],
  options: CallOptions
): Promise<DiscoveredRoot> {
  const groupVersions = groups.flatMap(({ group, versions }) => versions.map((version) => ({ group, version })));
  const found = await Promise.all(groupVersions.map((one) => readGroupVersion(client, one, options)));
  return {
    resources: found.flatMap((one) => ('resources' in one ? one.resources : [])),
    failures: found.flatMap((one) => ('failure' in one ? [one.failure] : [])),
    shortNames: found.flatMap((one) => ('resources' in one ? one.shortNames : [])),
  };
}

type Found = Pick<DiscoveredRoot, 'resources' | 'shortNames'> | { readonly failure: DiscoveryFailure };

async function readGroupVersion(
  client: ApiClient,
  gv: { group: string; version: string },
  options: CallOptions
): Promise<Found> {
  const groupVersion = apiVersionOf(gv);
  try {
    const entries = await client.send({
      action: 'discover',
      subject: groupVersion,
      method: 'GET',
      path: gv.group === '' ? `/api/${gv.version}` : `/apis/${groupVersion}`,
      repeatable: true,
      read: (answer) => (parseAnswer(answer) as { resources?: readonly LegacyEntry[] }).resources ?? [],
      signal: options.signal,
    });
    const shortNames = entries.flatMap(({ name, shortNames: names = [] }) =>
      names.map((short): [string, string] => [short, groupResource({ group: gv.group, plural: name })])
    );
    return { resources: readEntries(gv, entries), shortNames };
  } catch (error) {
    // One dead aggregated API must not hide the others; what concerns the whole cluster goes up.
    if (!isLandfallError(error, 'CLUSTER_SERVER_ERROR', 'KIND_NOT_SERVED', 'OBJECT_NOT_FOUND', 'CLUSTER_FORBIDDEN'))
      throw error;
    return { failure: { groupVersion, message: error.detail.why ?? error.detail.what, lastServed: [] } };
  }
}

function readEntries(gv: { group: string; version: string }, entries: readonly LegacyEntry[]): ServedResource[] {
  const subresources = new Map<string, string[]>();
  for (const { name } of entries) {
    const slash = name.indexOf('/');
    if (slash < 0) continue;
    const parent = name.slice(0, slash);
    subresources.set(parent, [...(subresources.get(parent) ?? []), name.slice(slash + 1)]);
  }
  return entries
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs }) => ({
      ...gv,
      kind,
      plural: name,
      namespaced,
      verbs: verbs ?? [],
      subresources: subresources.get(name) ?? [],
      preferred: false,
    }));
}
