import { hash } from 'node:crypto';
import { join } from 'node:path';
import { LandfallError } from '../core/errors.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { listEntries } from './bundle-location.ts';
import { partName, type BundleEntry } from './format.ts';
import { readRange, type PartWriter } from './part-files.ts';

/** Where a bundle is written, and what need not be in it. */
interface WritePlace {
  readonly directory: string;
  readonly partBytes: number;
  readonly parts: PartWriter;
  /** What earlier bundles hold, and the Location where it can still be read and compared. */
  readonly known: ReadonlyMap<string, BundleEntry>;
  readonly origin: Location;
}

/** A Location whose objects go into the parts of a bundle, and the index of what went there. */
export interface WriteLocation extends Location {
  /** Every object of the bundle, and what of earlier ones it relies on. */
  index(): readonly BundleEntry[];
}

/** Creates the Location of a bundle that is written. Objects are appended one after the other, and can be read back at once. */
export function createWriteLocation(place: WritePlace): WriteLocation {
  const { known } = place;
  const own = new Map<string, BundleEntry>();
  const reliedOn = new Map<string, BundleEntry>();
  let last: Promise<unknown> = Promise.resolve();
  /** Parts are one stream: calls wait for each other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  const find = (key: string): BundleEntry | undefined => {
    const entry = own.get(key);
    if (entry !== undefined) return entry;
    const earlier = known.get(key);
    if (earlier !== undefined) reliedOn.set(key, earlier);
    return earlier;
  };
  const write = async (key: string, bytes: Uint8Array): Promise<void> => {
    const content = { key, sizeBytes: bytes.byteLength, sha256: hash('sha256', bytes) };
    own.set(key, { ...content, at: await place.parts.append(bytes) });
    reliedOn.delete(key);
  };
  return {
    name: `bundle in ${place.directory}`,
    create: (key, bytes) =>
      inTurn(async () => {
        if (find(key) !== undefined) return 'exists';
        await write(key, bytes);
        return 'created';
      }),
    put: (key, bytes) => inTurn(() => write(key, bytes)),
    read: (key, options) => inTurn(() => readBack(place, { key, entry: find(key), options })),
    head(key) {
      const entry = find(key);
      return Promise.resolve(entry && { sizeBytes: entry.sizeBytes });
    },
    list(prefix, options) {
      for (const { key } of known.values()) if (key.startsWith(prefix)) find(key);
      return listEntries(new Map([...known, ...own]), prefix, options);
    },
    delete(key) {
      own.delete(key);
      reliedOn.delete(key);
      return Promise.resolve();
    },
    close: () => place.parts.close(),
    index: () => [...own.values(), ...reliedOn.values()],
  };
}

interface ReadBack {
  readonly key: string;
  readonly entry: BundleEntry | undefined;
  readonly options: StoreOptions | undefined;
}

async function readBack(
  { directory, partBytes, origin }: WritePlace,
  { key, entry, options }: ReadBack
): Promise<Uint8Array> {
  if (entry === undefined)
    throw new LandfallError('STORED_OBJECT_MISSING', { what: `${key} is not in the bundle`, ref: key });
  if (entry.at === undefined) return origin.read(key, options);
  return readRange({ at: entry.at, sizeBytes: entry.sizeBytes }, partBytes, (part) => join(directory, partName(part)));
}
