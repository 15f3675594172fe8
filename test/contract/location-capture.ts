import { hash } from 'node:crypto';
import type { CapturedObject, IndexEntry } from '../../src/archive/entry.ts';
import { mergeIndexes } from '../../src/archive/index-file.ts';
import type { RecoveryPointContent } from '../../src/archive/manifest.ts';
import { commitRecoveryPoint, openRecoveryPoint } from '../../src/archive/recovery-point.ts';
import { createSegmentWriter, type SegmentStats } from '../../src/archive/segment-writer.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Location } from '../../src/ports/location.ts';

/** An object as a capture hands it to the archive. */
export interface Sample {
  readonly object: CapturedObject;
  readonly bytes: Uint8Array;
}

/** An object of a kind; its bytes are whatever the test says they are. */
export function sample(
  name: string,
  bytes: Uint8Array | string,
  place: { kind?: string; namespace?: string } = {}
): Sample {
  const { kind = 'ConfigMap', namespace = 'shop' } = place;
  const resource = { group: '', version: 'v1', kind, plural: `${kind.toLowerCase()}s`, namespaced: namespace !== '' };
  const ref = { group: '', kind, namespace, name };
  return { object: { resource, ref, uid: `uid-${name}` }, bytes: Buffer.from(bytes) };
}

/** ConfigMaps in the order a server lists them; each half random, `salt` makes other content. */
export function samples(count: number, sizeBytes = 2_400, salt = ''): Sample[] {
  return Array.from({ length: count }, (_, at) => {
    const name = `config-${String(at).padStart(6, '0')}`;
    return sample(name, configMap(name, sizeBytes, salt), { namespace: `team-${Math.floor(at / 2_000)}` });
  });
}

/** JSON of the size asked for, half of it random. */
export function configMap(name: string, sizeBytes: number, salt = ''): string {
  const random: string[] = [];
  for (let length = 0; length < sizeBytes / 2; length += 64) random.push(hash('sha256', `${name}/${salt}/${length}`));
  const head = `{"metadata":{"name":"${name}","labels":{"app":"web"},"annotations":{"note":"`;
  const tail = `"}},"data":{"blob":"${random.join('')}"}}`;
  return head + 'landfall '.repeat(Math.max(0, Math.ceil((sizeBytes - head.length - tail.length) / 9))) + tail;
}

/** Writes objects with one writer. */
export async function capture(
  location: Location,
  objects: Iterable<Sample>
): Promise<{ readonly index?: StoredRef; readonly stats: SegmentStats }> {
  const writer = createSegmentWriter(location);
  for (const { object, bytes } of objects) await writer.add(object, bytes);
  return writer.finish();
}

/** Writes objects, one writer for each list, and commits them as a recovery point. */
export async function commit(
  location: Location,
  id: string,
  lists: readonly (readonly Sample[])[],
  change: Partial<RecoveryPointContent> = {}
): Promise<StoredRef> {
  const partials: StoredRef[] = [];
  for (const objects of lists) {
    const { index } = await capture(location, objects);
    if (index !== undefined) partials.push(index);
  }
  const { parts, contents, ...counts } = await mergeIndexes(location, partials);
  return commitRecoveryPoint(location, {
    ...content(id),
    counts: { ...counts, excluded: 0 },
    indexes: parts,
    ...(contents && { contents }),
    ...change,
  });
}

/** A manifest's content without objects. */
export function content(id: string): RecoveryPointContent {
  return {
    id,
    name: 'shop',
    createdAt: '2026-11-21T03:04:05.678Z',
    landfallVersion: '0.1.0',
    source: { cluster: 'source', uid: 'cluster-uid', gitVersion: 'v1.34.4', platform: 'vks' },
    scope: {
      namespaces: ['shop'],
      excludeNamespaces: [],
      kinds: [],
      excludeKinds: [],
      labelSelector: '',
      clusterScoped: 'dependencies',
    },
    lists: [],
    counts: { objects: 0, rawBytes: 0, segments: 0, segmentBytes: 0, excluded: 0 },
    indexes: [],
    volumes: [],
    excluded: [],
    dependencies: [],
  };
}

/** Reads all objects of a recovery point, in the order of its index. */
export async function readAll(location: Location, id: string): Promise<{ entry: IndexEntry; bytes: Uint8Array }[]> {
  const point = await openRecoveryPoint(location, id);
  return collect(point.readObjects(point.readIndex()));
}

/** Everything an iterable gives. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}
