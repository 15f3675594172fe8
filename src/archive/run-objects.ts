import { LandfallError } from '../core/errors.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { createLinesEncoder, decodeLines } from './lines.ts';
import { readContent, storeContent } from './stored.ts';

/** Where objects that are named by their content are stored. */
interface Folder {
  readonly location: Location;
  /** The beginning of their keys, without the slash at its end. */
  readonly path: string;
}

/** A folder of what a run stores for itself, e.g. `runs/<run>/plan`. */
export function runFolder(
  { location, runId }: { readonly location: Location; readonly runId: string },
  name: string
): Folder {
  return { location, path: `runs/${runId}/${name}` };
}

/**
 * Stores a value in a folder as `<sha256>.json`. Named by content: an activity that is repeated stores the same object and
 * answers the same reference; nothing is ever overwritten.
 */
export async function storeJson(
  { location, path }: Folder,
  value: unknown,
  options: StoreOptions = {}
): Promise<StoredRef> {
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
  const content = { keyOf: (sha256: string) => `${path}/${sha256}.json`, bytes };
  return (await storeContent(location, content, options)).ref;
}

/** Reads what `storeJson` stored; verified. The caller knows the type: the hash says it is what was stored. */
export async function loadJson<T>(location: Location, ref: StoredRef, options: StoreOptions = {}): Promise<T> {
  const text = Buffer.from(await readContent(location, ref, options)).toString('utf8');
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new LandfallError('STORED_OBJECT_CORRUPT', { what: `${ref.key} is not JSON`, ref: ref.key, cause });
  }
}

/** Stores a list in a folder as compressed JSON lines, `<sha256>.jsonl.zst`; never holds more than a block of it raw. */
export async function storeLines(
  { location, path }: Folder,
  values: Iterable<unknown> | AsyncIterable<unknown>,
  options: StoreOptions = {}
): Promise<StoredRef> {
  const encoder = createLinesEncoder();
  for await (const value of values) encoder.add(value);
  const content = { keyOf: (sha256: string) => `${path}/${sha256}.jsonl.zst`, bytes: encoder.finish() };
  return (await storeContent(location, content, options)).ref;
}

/** Reads what `storeLines` stored, one value after the other; verified whole before the first is given out. */
export async function* loadLines<T>(location: Location, ref: StoredRef, options: StoreOptions = {}): AsyncGenerator<T> {
  const bytes = await readContent(location, ref, options);
  for (const value of decodeLines(ref.key, bytes)) yield value as T;
}
