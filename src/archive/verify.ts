import type { ErrorDetail } from '../core/errors.ts';
import { errorDetail } from '../core/errors.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { segmentRefOf, type IndexEntry } from './entry.ts';
import { readIndexParts } from './index-file.ts';
import { readContents } from './contents.ts';
import { segmentKey } from './layout.ts';
import type { ReadManifest } from './manifest-bytes.ts';
import type { Manifest, PublicManifest } from './manifest.ts';
import { checkChain } from './point-trust.ts';
import { integrityProblem, openManifest, readPoint } from './recovery-point.ts';
import { openContent } from './sealed.ts';
import { decodeSegment, type DecodedSegment } from './segment.ts';
import { compareUtf8 } from './order.ts';
import { readBytes, readContent } from './stored.ts';

export interface VerifyOptions extends StoreOptions {
  readonly onProgress?: (done: { readonly objects: number; readonly total: number }) => void;
}

export interface Verification {
  /** Everything that is wrong; empty = every byte is there and is what was captured. */
  readonly problems: readonly ErrorDetail[];
  readonly objects: number;
  readonly segments: number;
  /** Stored bytes read. */
  readonly bytes: number;
  /** Volumes that the manifest names; their data is in the repository of kopia and is not read. */
  readonly volumes: number;
  /** Why what is inside was not read: there is no key here. Then stored bytes alone were compared with their hashes. */
  readonly unopened?: string;
}

/**
 * Reads a recovery point whole and reports every problem at once: manifest and signature, the point before it, each part of the
 * index, each segment, each object, what is referred to, and the counts. Without a key: every stored byte against its hash. Trouble
 * with the location or its key (unreachable, refused) throws: it says nothing about what is stored.
 */
export async function verifyRecoveryPoint(
  location: Location,
  id: string,
  options: VerifyOptions = {}
): Promise<Verification> {
  const state: State = {
    location,
    options,
    problems: [],
    objects: 0,
    rawBytes: 0,
    bytes: 0,
    volumes: 0,
    segments: new Map(),
  };
  const point = await attempt(state, () => readPoint(location, id, options));
  if (point === undefined) return summary(state);
  state.bytes += point.ref.sizeBytes;
  state.volumes = point.manifest.counts.volumes;
  await attempt(state, () => checkChain(location, point.manifest, options));
  if ('detail' in point.manifest || location.seal?.hasIdentity === true) await verifyOpened(state, point.manifest);
  else await verifyStored(state, point.manifest);
  return summary(state);
}

async function verifyOpened(state: State, read: ReadManifest): Promise<void> {
  const { location, options } = state;
  const manifest = await attempt(state, () => openManifest(location, read));
  if (manifest === undefined) return;
  for (const part of manifest.indexes) {
    const whole = await attempt(state, async () => {
      for await (const entry of readIndexParts(location, [part], options)) await verifyEntry(state, entry, manifest);
      return true;
    });
    if (whole === true) state.bytes += part.ref.sizeBytes;
  }
  for (const ref of manifest.attached) await attempt(state, () => verifyRef(state, ref));
  await attempt(state, () => compareContents(state, manifest));
  if (state.problems.length === 0) comparePlaces(state, manifest.id, manifest);
  if (state.problems.length === 0) compareCounts(state, manifest.id, manifest);
}

/** What a process without a key can know: that every byte is as it was stored, and, where a signer is trusted, by whom. */
async function verifyStored(state: State, manifest: PublicManifest): Promise<void> {
  const { location, options } = state;
  const verify = (ref: StoredRef): Promise<void> => attempt(state, () => verifyRef(state, ref));
  await attempt(state, async () => {
    if (manifest.contents === undefined) return;
    for await (const ref of readContents(location, manifest.contents, options)) {
      options.signal?.throwIfAborted();
      await verify(ref);
      if (isSegment(ref)) state.segments.set(ref.sha256, { good: true, sizeBytes: ref.sizeBytes });
    }
    state.bytes += manifest.contents.sizeBytes;
  });
  for (const ref of manifest.attached) await verify(ref);
  const trusted = await location.seal?.trusted();
  const whose = trusted?.signer === undefined ? ', and nothing here says whose signatures count' : '';
  state.unopened = `every stored byte was compared with its hash; nothing was decrypted, without the key${whose}`;
}

function isSegment({ key, sha256 }: StoredRef): boolean {
  return key === segmentKey(sha256);
}

/** The public list has to name what the index refers to, no less and no more: a sweep goes by it. */
async function compareContents(state: State, { id, contents, indexes }: Manifest): Promise<void> {
  const named = new Set([...indexes.map(({ ref }) => ref.key), ...[...state.segments.keys()].map(segmentKey)]);
  const listed = new Set<string>();
  if (contents !== undefined) {
    for await (const { key } of readContents(state.location, contents, state.options)) listed.add(key);
    state.bytes += contents.sizeBytes;
  }
  // Damage that was found before explains what is not named.
  if (state.problems.length > 0) return;
  const differs = [...named].find((key) => !listed.has(key)) ?? [...listed].find((key) => !named.has(key));
  if (differs === undefined) return;
  const what = `recovery point ${id}: its index and its list of contents differ in ${differs}`;
  state.problems.push(errorDetail('STORED_OBJECT_CORRUPT', { what, ref: contents?.key ?? id }));
}

interface State {
  readonly location: Location;
  readonly options: VerifyOptions;
  readonly problems: ErrorDetail[];
  objects: number;
  rawBytes: number;
  bytes: number;
  volumes: number;
  unopened?: string;
  /** Segments seen: how many of their objects were named, and whether they are good. */
  readonly segments: Map<string, { readonly good: boolean; readonly sizeBytes: number }>;
  /** The one in memory: entries of a segment mostly follow each other. */
  current?: { readonly sha256: string; readonly segment: DecodedSegment };
}

/** A damaged segment is one problem, however many objects it holds. */
async function verifyEntry(state: State, entry: IndexEntry, manifest: Manifest): Promise<void> {
  state.options.signal?.throwIfAborted();
  state.objects += 1;
  state.rawBytes += entry.length;
  if (state.objects % 1_000 === 0) {
    state.options.onProgress?.({ objects: state.objects, total: manifest.counts.objects });
  }
  if (state.current?.sha256 !== entry.segment) {
    if (state.segments.get(entry.segment)?.good === false) return;
    await loadSegment(state, entry);
  }
  const { current } = state;
  if (current?.sha256 !== entry.segment) return;
  await attempt(state, () => Promise.resolve().then(() => current.segment.take(entry)));
}

async function loadSegment(state: State, entry: IndexEntry): Promise<void> {
  const first = !state.segments.has(entry.segment);
  const segment = await attempt(state, async () =>
    decodeSegment(entry.segment, await readContent(state.location, segmentRefOf(entry), state.options))
  );
  state.segments.set(entry.segment, { good: segment !== undefined, sizeBytes: entry.segmentBytes });
  if (segment === undefined) return;
  state.current = { sha256: entry.segment, segment };
  if (first) state.bytes += entry.segmentBytes;
}

async function verifyRef(state: State, ref: StoredRef): Promise<void> {
  const bytes = await readBytes(state.location, ref, state.options);
  // Its seal too, where it can be opened.
  if (state.location.seal?.hasIdentity === true) await openContent(state.location, ref.key, bytes);
  state.bytes += ref.sizeBytes;
}

/** The parts were read one by one, so that a damaged one does not hide the others: their order is checked apart. */
function comparePlaces(state: State, id: string, { indexes }: Manifest): void {
  for (const [at, part] of indexes.entries()) {
    const before = indexes[at - 1];
    if (before === undefined || compareUtf8(before.lastKey, part.firstKey) < 0) continue;
    const what = `recovery point ${id}: the parts of its index are not in order`;
    state.problems.push(errorDetail('STORED_OBJECT_CORRUPT', { what, ref: part.ref.key }));
  }
}

function compareCounts(state: State, id: string, { counts }: Manifest): void {
  const segmentBytes = [...state.segments.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const found = { objects: state.objects, rawBytes: state.rawBytes, segments: state.segments.size, segmentBytes };
  for (const [name, value] of Object.entries(found)) {
    const stated = counts[name as keyof typeof found];
    if (stated === value) continue;
    const what = `recovery point ${id} has ${value} ${name}; its manifest says ${stated}`;
    state.problems.push(errorDetail('STORED_OBJECT_CORRUPT', { what, ref: id }));
  }
}

async function attempt<T>(state: State, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    state.problems.push(integrityProblem(error));
    return undefined;
  }
}

function summary(state: State): Verification {
  const { problems, objects, segments, bytes, volumes, unopened } = state;
  const read = { problems, objects, segments: segments.size, bytes, volumes };
  return unopened === undefined ? read : { ...read, unopened };
}
