import { hash } from 'node:crypto';
import type { BundleEntry, BundleFile } from './format.ts';
import { damaged, entrySchema, indexName } from './format.ts';

/** The bytes of `index.jsonl`: a line for each object, in the order of the keys. */
export function encodeIndex(entries: Iterable<BundleEntry>): { readonly bytes: Uint8Array; readonly file: BundleFile } {
  const lines = [...entries].sort(byKey).map((entry) => `${JSON.stringify(entry)}\n`);
  const bytes = Buffer.from(lines.join(''));
  return { bytes, file: { name: indexName, sizeBytes: bytes.byteLength, sha256: hash('sha256', bytes) } };
}

/** Reads `index.jsonl`, which has to be the one that the head names. Throws BUNDLE_DAMAGED. */
export function decodeIndex(path: string, bytes: Uint8Array, expected: BundleFile): Map<string, BundleEntry> {
  if (bytes.byteLength !== expected.sizeBytes || hash('sha256', bytes) !== expected.sha256)
    throw damaged(path, 'it is not the index of this bundle');
  const entries = new Map<string, BundleEntry>();
  for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
    if (line === '') continue;
    const entry = entryOf(line);
    if (entry === undefined) throw damaged(path, 'a line does not name a stored object');
    entries.set(entry.key, entry);
  }
  return entries;
}

function entryOf(line: string): BundleEntry | undefined {
  try {
    const { data } = entrySchema.safeParse(JSON.parse(line));
    return data !== undefined && (data.at === undefined) !== (data.in === undefined) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** By the bytes of the keys, as Locations list them. */
export function byKey(left: { readonly key: string }, right: { readonly key: string }): number {
  return Buffer.compare(Buffer.from(left.key), Buffer.from(right.key));
}
