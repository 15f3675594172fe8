import { hash } from 'node:crypto';
import { LandfallError } from '../core/errors.ts';
import type { EncryptionSpec } from '../core/spec/spec.ts';
import { createContentSeal } from '../crypto/content-seal.ts';
import { resolveSecret } from '../host/secret-source.ts';
import type { ListedObject, ListOptions, Location } from '../ports/location.ts';
import { damaged, type BundleEntry } from './format.ts';
import { byKey } from './index-file.ts';
import type { OpenBundle } from './open-bundle.ts';
import { readRange } from './part-files.ts';

/**
 * A bundle as a Location that can only be read, so that what copies recovery points between Locations copies them out of a bundle:
 * every rule about hashes, signatures and order is the same. What an earlier bundle holds is listed, and throws BUNDLE_NEEDS_BASE
 * when it is read: whoever already has it never asks.
 */
export function bundleLocation(bundle: OpenBundle, encryption: EncryptionSpec | 'none'): Location {
  const { head, entries } = bundle;
  const name = `bundle ${head.id}`;
  const location: Location = {
    name,
    read: (key) => readEntry(bundle, name, key),
    head(key) {
      const entry = entries.get(key);
      return Promise.resolve(entry && { sizeBytes: entry.sizeBytes });
    },
    list: (prefix, options) => listEntries(entries, prefix, options),
    create: () => refuse(name),
    put: () => refuse(name),
    delete: () => refuse(name),
    close: () => Promise.resolve(),
  };
  if (encryption === 'none') return location;
  return { ...location, seal: createContentSeal(location, encryption, { resolveSecret }) };
}

async function readEntry({ head, entries, parts }: OpenBundle, name: string, key: string): Promise<Uint8Array> {
  const entry = entries.get(key);
  if (entry === undefined)
    throw new LandfallError('STORED_OBJECT_MISSING', { what: `${key} is not in ${name}`, ref: key });
  if (entry.at === undefined) {
    const what = `${name} does not hold ${key}: it is in bundle ${entry.in ?? ''}, which was not imported here`;
    throw new LandfallError('BUNDLE_NEEDS_BASE', { what, ref: key });
  }
  const pathOf = (part: number): string => {
    const path = parts[part];
    if (path !== undefined) return path;
    const what = `${head.parts[part]?.name ?? `part ${part + 1}`} of ${name} is missing`;
    throw new LandfallError('BUNDLE_PART_MISSING', { what });
  };
  const bytes = await readRange({ at: entry.at, sizeBytes: entry.sizeBytes }, head.partBytes, pathOf);
  if (hash('sha256', bytes) !== entry.sha256) throw damaged(key, `what ${name} holds of it has another hash`);
  return bytes;
}

/** Entries as a Location lists them. */
export async function* listEntries(
  entries: ReadonlyMap<string, BundleEntry>,
  prefix: string,
  options?: ListOptions
): AsyncGenerator<ListedObject> {
  const after = options?.after;
  const found = [...entries.values()].filter(({ key }) => key.startsWith(prefix)).sort(byKey);
  for (const entry of found) {
    options?.signal?.throwIfAborted();
    if (after !== undefined && byKey(entry, { key: after }) <= 0) continue;
    await Promise.resolve();
    yield { key: entry.key, sizeBytes: entry.sizeBytes, modifiedAtMs: 0 };
  }
}

function refuse(name: string): Promise<never> {
  return Promise.reject(new LandfallError('INTERNAL', { what: `${name} was about to be changed` }));
}
