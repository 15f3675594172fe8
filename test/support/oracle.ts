import type { CliRig } from './cli-rig.ts';
import { collections } from './traces.ts';

type Side = 'source' | 'target';
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What an object is, without what belongs to the cluster it lives in. Written for the tests alone: shares no code with Landfall. */
export type Picture = ReadonlyMap<string, string>;

/** Kinds that controllers make, and records of the cluster itself. */
const derived: ReadonlySet<string> = new Set([
  'endpoints',
  'endpointslices',
  'replicasets',
  'pods',
  'controllerrevisions',
]);

/** Every object of a namespace that is somebody's, by path without the namespace, as normalised text. */
export async function pictureOf(rig: CliRig, side: Side, namespace: string): Promise<Picture> {
  const picture = new Map<string, string>();
  const paths = await collections(rig, side);
  await Promise.all(
    paths.map(async (collection) => {
      const plural = collection.slice(collection.lastIndexOf('/') + 1);
      if (derived.has(plural)) return;
      const { status, text } = await rig[side].call('GET', collection.replace('{namespace}', namespace));
      if (status !== 200) return;
      // Integers a double cannot hold become texts, or two different ones would look equal.
      const exact = text.replaceAll(/([:[,])(-?\d{16,})(?=[,}\]])/g, '$1"INT:$2"');
      for (const item of (JSON.parse(exact) as { items: Record<string, Json>[] }).items) {
        const metadata = item['metadata'] as Record<string, Json>;
        if (isOfTheCluster(plural, metadata)) continue;
        picture.set(`${collection} ${metadata['name'] as string}`, normalise(plural, item, namespace));
      }
    })
  );
  return picture;
}

function isOfTheCluster(plural: string, { name, deletionTimestamp }: Record<string, Json>): boolean {
  if (deletionTimestamp !== undefined) return true;
  return (
    (plural === 'configmaps' && name === 'kube-root-ca.crt') || (plural === 'serviceaccounts' && name === 'default')
  );
}

function normalise(plural: string, item: Record<string, Json>, namespace: string): string {
  const { metadata, status: _, ...rest } = item;
  const {
    name,
    labels = {},
    annotations = {},
    finalizers = [],
    ownerReferences = [],
  } = metadata as Record<string, Json>;
  const owners = (ownerReferences as Record<string, Json>[]).map(({ uid: _uid, ...owner }) => owner);
  if (plural === 'services') forgetAllocations(name as string, rest['spec'] as Record<string, Json>);
  if (plural === 'jobs') forgetUids(rest['spec'] as Record<string, Json>);
  const kept = { name: name ?? '', labels: withoutUids(labels), annotations, finalizers, owners };
  return sortedText({ ...rest, metadata: kept } as Json).replaceAll(
    `"namespace":"${namespace}"`,
    '"namespace":"(own)"'
  );
}

/** Addresses and ports the server chose; a port the user chose stays, on services named for it. */
function forgetAllocations(name: string, spec: Record<string, Json>): void {
  if (spec['clusterIP'] !== 'None') {
    delete spec['clusterIP'];
    delete spec['clusterIPs'];
  }
  for (const port of (spec['ports'] ?? []) as Record<string, Json>[]) {
    if (!name.startsWith('chosen-')) delete port['nodePort'];
  }
}

function forgetUids(spec: Record<string, Json>): void {
  delete spec['selector'];
  const metadata = (spec['template'] as Record<string, Json>)['metadata'] as Record<string, Json>;
  metadata['labels'] = withoutUids(metadata['labels'] ?? {});
}

function withoutUids(labels: Json): Json {
  return Object.fromEntries(
    Object.entries(labels as Record<string, Json>).filter(([key]) => !/controller-uid|job-name/.test(key))
  );
}

function sortedText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sortedText).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${sortedText(value[key] ?? null)}`).join(',')}}`;
}

/** What two pictures do not have in common, in words. */
export function differences(expected: Picture, actual: Picture): string[] {
  const found: string[] = [];
  for (const [path, text] of expected) {
    const other = actual.get(path);
    if (other === undefined) found.push(`missing ${path}`);
    else if (other !== text) found.push(`different ${path}\n  desired ${text}\n  found ${other}`);
  }
  for (const path of actual.keys()) if (!expected.has(path)) found.push(`extra ${path}`);
  return found;
}

/** Requests an API server has answered, without watches and the calls for these numbers. */
export async function requestsAnswered(rig: CliRig, side: Side): Promise<Readonly<Record<string, number>>> {
  const { text } = await rig[side].call('GET', '/metrics');
  const counts: Record<string, number> = {};
  for (const [, labels = '', value] of text.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const verb = /verb="([A-Z]+)"/.exec(labels)?.[1] ?? '';
    if (verb !== 'WATCH') counts[verb] = (counts[verb] ?? 0) + Number(value);
  }
  return counts;
}
