import { isLandfallError } from '../core/errors.ts';
import type { CallOptions, Discovery, DiscoveryFailure, ServedResource } from '../ports/cluster.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { groupResource } from '../core/resource.ts';
import { discoverLegacy, type DiscoveredRoot, type GroupVersions } from './legacy-discovery.ts';
import { parseAnswer } from './parse-answer.ts';

/** One version of a group with what it serves. */
interface AggregatedVersion {
  readonly version: string;
  readonly freshness?: string;
  readonly resources?: readonly AggregatedResource[];
}

interface AggregatedResource {
  readonly resource: string;
  readonly responseKind?: { readonly kind?: string };
  readonly scope?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly subresources?: readonly { readonly subresource: string }[];
}

interface AggregatedGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly AggregatedVersion[];
}

const aggregated = (version: string): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
const ACCEPT = [aggregated('v2'), aggregated('v2beta1'), 'application/json'].join(',');

/** See Cluster.discover. Two requests where the server aggregates (since 1.26), else one for each group version. */
export async function discover(client: ApiClient, options: CallOptions = {}): Promise<Discovery> {
  const roots = await Promise.all(['/api', '/apis'].map((path) => readRoot(client, path, options)));
  const resources: ServedResource[] = [];
  const failures: DiscoveryFailure[] = [];
  const shortNames = new Map<string, string>();
  for (const root of roots) {
    const found = 'groups' in root ? readAggregated(root.groups) : await discoverLegacy(client, root.legacy, options);
    resources.push(...found.resources);
    failures.push(...found.failures);
    // Two kinds may claim one short name; kubectl takes the first that discovery names.
    for (const [name, kind] of found.shortNames) if (!shortNames.has(name)) shortNames.set(name, kind);
  }
  return { resources: markPreferred(resources), failures, shortNames };
}

type Root = { readonly groups: readonly AggregatedGroup[] } | { readonly legacy: readonly GroupVersions[] };

async function readRoot(client: ApiClient, path: string, options: CallOptions): Promise<Root> {
  try {
    return await client.send<Root>({
      action: 'discover',
      subject: path,
      method: 'GET',
      path,
      headers: { accept: ACCEPT },
      repeatable: true,
      read: readRootAnswer,
      signal: options.signal,
    });
  } catch (error) {
    // A gateway may serve groups without the core API; nothing under this root is a finding of its own.
    if (isLandfallError(error, 'KIND_NOT_SERVED')) return { groups: [] };
    throw error;
  }
}

function readRootAnswer(answer: ApiAnswer): Root {
  const body = parseAnswer(answer) as {
    kind?: string;
    items?: readonly AggregatedGroup[];
    versions?: readonly string[];
    groups?: readonly {
      name: string;
      versions: readonly { version: string }[];
      preferredVersion?: { version: string };
    }[];
  };
  if (body.kind === 'APIGroupDiscoveryList') return { groups: body.items ?? [] };
  if (body.versions !== undefined) return { legacy: [{ group: '', versions: body.versions }] };
  return {
    legacy: (body.groups ?? []).map((group) => ({
      group: group.name,
      versions: preferredFirst(
        group.versions.map((one) => one.version),
        group.preferredVersion?.version
      ),
    })),
  };
}

function preferredFirst(versions: readonly string[], preferred: string | undefined): string[] {
  return preferred === undefined ? [...versions] : [preferred, ...versions.filter((version) => version !== preferred)];
}

function readAggregated(groups: readonly AggregatedGroup[]): DiscoveredRoot {
  const resources: ServedResource[] = [];
  const failures: DiscoveryFailure[] = [];
  const shortNames: [string, string][] = [];
  for (const group of groups) {
    const name = group.metadata?.name ?? '';
    for (const version of group.versions ?? []) {
      const served = (version.resources ?? []).flatMap((resource) => readResource(name, version.version, resource));
      for (const { resource: plural, shortNames: names } of version.resources ?? []) {
        for (const short of names ?? []) shortNames.push([short, groupResource({ group: name, plural })]);
      }
      if (version.freshness !== 'Stale') {
        resources.push(...served);
        continue;
      }
      // The API server repeats the last answer it got; a list of any of it fails until somebody answers again.
      failures.push({
        groupVersion: name === '' ? version.version : `${name}/${version.version}`,
        message: 'the server behind this API does not respond',
        lastServed: served,
      });
    }
  }
  return { resources, failures, shortNames };
}

/** An entry without a kind only carries subresources (their parent is served in another version). */
function readResource(group: string, version: string, entry: AggregatedResource): ServedResource[] {
  const kind = entry.responseKind?.kind ?? '';
  if (kind === '') return [];
  return [
    {
      group,
      version,
      kind,
      plural: entry.resource,
      namespaced: entry.scope === 'Namespaced',
      verbs: entry.verbs ?? [],
      subresources: (entry.subresources ?? []).map((one) => one.subresource),
      preferred: false,
    },
  ];
}

/** The first version of its group that serves a kind is the kind's preferred one; those come first in the result. */
function markPreferred(resources: readonly ServedResource[]): ServedResource[] {
  const seen = new Set<string>();
  const marked = resources.map((resource) => {
    const key = `${resource.group}/${resource.plural}`;
    const preferred = !seen.has(key);
    seen.add(key);
    return { ...resource, preferred };
  });
  return [...marked.filter((one) => one.preferred), ...marked.filter((one) => !one.preferred)];
}
