import { LandfallError } from '../core/errors.ts';
import { describeRef, objectKey } from '../core/resource.ts';
import { blocksOf, containerStart, corruptContainer, decodeBlock, encodeBlock } from './container.ts';
import { parseSegmentObject, type CapturedObject, type IndexEntry, type SegmentObject } from './entry.ts';
import { segmentKey } from './layout.ts';
import type { Scratch } from './scratch.ts';
import { sha256Of } from './stored.ts';

/** Raw bytes of the largest object a segment takes: ten times what etcd stores, for aggregated APIs without etcd. */
const objectBytesMax = 32 * 1024 * 1024;

const newline = 0x0a;

/** An object on its way into a segment. */
export interface SegmentItem {
  readonly key: string;
  readonly object: CapturedObject;
  readonly bytes: Uint8Array;
}

export interface EncodedSegment {
  readonly stored: Uint8Array;
  /** Of `stored`. */
  readonly sha256: string;
  /** One for each object, in order; the segment's own hash and size are those of `stored`. */
  readonly entries: readonly IndexEntry[];
  readonly rawBytes: number;
}

/** Refuses what no segment can hold. */
export function checkObjectSize(object: CapturedObject, bytes: Uint8Array): void {
  if (bytes.byteLength <= objectBytesMax) return;
  const what = `${describeRef(object.ref)} has ${bytes.byteLength} bytes, more than the ${objectBytesMax} of a segment`;
  throw new LandfallError('OBJECT_TOO_LARGE', { what });
}

/** A segment put together and not yet compressed: the objects themselves are no longer needed. */
export interface OpenSegment {
  readonly objects: readonly SegmentObject[];
  readonly offsets: readonly number[];
  /** Of `scratch`, longer than what is in it. */
  readonly buffer: Buffer;
  readonly usedBytes: number;
  readonly rawBytes: number;
}

/** Puts sorted objects together, each with its hash. Waits for scratch; whoever calls has to encode the result. */
export async function openSegment(items: readonly SegmentItem[], scratch: Scratch): Promise<OpenSegment> {
  const objects = items.map(describeItem);
  const header = Buffer.from(`${JSON.stringify({ objects })}\n`);
  const payload = items.reduce((sum, { bytes }) => sum + bytes.byteLength + 1, 0);
  const usedBytes = header.byteLength + payload;
  const buffer = await scratch.take(usedBytes);
  const raw = buffer.subarray(0, usedBytes);
  raw.set(header, 0);
  const offsets: number[] = [];
  let at = header.byteLength;
  for (const { bytes } of items) {
    offsets.push(at);
    raw.set(bytes, at);
    at += bytes.byteLength;
    raw[at] = newline;
    at += 1;
  }
  return { objects, offsets, buffer, usedBytes, rawBytes: payload - items.length };
}

/**
 * Compresses a segment and seals it. The same objects give the same bytes (docs/formats.md, Segments). Gives the scratch back before
 * it seals.
 */
export async function encodeSegment(
  segment: OpenSegment,
  scratch: Scratch,
  seal: (bytes: Uint8Array) => Promise<Uint8Array>
): Promise<EncodedSegment> {
  const { objects, offsets, buffer, usedBytes, rawBytes } = segment;
  const block = await encodeBlock(buffer.subarray(0, usedBytes)).finally(() => scratch.give(buffer));
  const stored = await seal(Buffer.concat([containerStart('LFSG'), ...block]));
  const sha256 = sha256Of(stored);
  const place = { segment: sha256, segmentBytes: stored.byteLength };
  const entries = objects.map((object, index) => ({ ...object, offset: offsets[index] ?? 0, ...place }));
  return { stored, sha256, entries, rawBytes };
}

function describeItem({ object, bytes }: SegmentItem): SegmentObject {
  const { resource, ref, uid } = object;
  return {
    group: ref.group,
    version: resource.version,
    kind: ref.kind,
    plural: resource.plural,
    namespaced: resource.namespaced,
    namespace: ref.namespace,
    name: ref.name,
    uid,
    sha256: sha256Of(bytes),
    length: bytes.byteLength,
  };
}

/** A segment every byte of which has been verified. */
export interface DecodedSegment {
  readonly rawBytes: number;
  /** The bytes of an entry, a view into the segment. Throws STORED_OBJECT_CORRUPT when index and segment disagree. */
  take(entry: IndexEntry): Uint8Array;
  readonly objects: readonly SegmentObject[];
}

/** Decodes a segment whose stored bytes have the hash in its key, and verifies every object in it. */
export async function decodeSegment(sha256: string, stored: Uint8Array): Promise<DecodedSegment> {
  const key = segmentKey(sha256);
  const blocks = [...blocksOf(key, 'LFSG', stored)];
  const [block] = blocks;
  if (block === undefined || blocks.length !== 1)
    throw corruptContainer(key, `it has ${blocks.length} blocks, not one`);
  const decoded = await decodeBlock(key, block);
  const raw = Buffer.from(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  const { objects, payloadAt } = parseHeader(key, raw);
  const byOffset = new Map<number, SegmentObject>();
  let at = payloadAt;
  for (const object of objects) {
    const end = at + object.length;
    if (end >= raw.length || raw[end] !== newline)
      throw corruptContainer(key, 'an object does not end where it should');
    if (sha256Of(raw.subarray(at, end)) !== object.sha256) {
      throw corruptContainer(key, `${describeRef(object)} does not have its SHA-256`);
    }
    byOffset.set(at, object);
    at = end + 1;
  }
  if (at !== raw.length) throw corruptContainer(key, 'it goes on after its last object');
  const take = (entry: IndexEntry): Uint8Array => {
    const object = byOffset.get(entry.offset);
    if (object === undefined || !isSame(object, entry)) {
      throw corruptContainer(key, `it does not hold ${describeRef(entry)} where the index says`);
    }
    return raw.subarray(entry.offset, entry.offset + entry.length);
  };
  return { rawBytes: raw.length, take, objects };
}

function parseHeader(
  key: string,
  raw: Buffer
): { readonly objects: readonly SegmentObject[]; readonly payloadAt: number } {
  const end = raw.indexOf(newline);
  if (end < 0) throw corruptContainer(key, 'it has no header');
  let header: unknown;
  try {
    header = JSON.parse(raw.toString('utf8', 0, end));
  } catch {
    throw corruptContainer(key, 'its header is not JSON');
  }
  const objects = typeof header === 'object' && header !== null && 'objects' in header ? header.objects : undefined;
  if (!Array.isArray(objects)) throw corruptContainer(key, 'its header lists no objects');
  return { objects: objects.map((object) => parseSegmentObject(key, object)), payloadAt: end + 1 };
}

function isSame(object: SegmentObject, entry: IndexEntry): boolean {
  return (
    object.sha256 === entry.sha256 &&
    object.length === entry.length &&
    objectKey(object) === objectKey(entry) &&
    object.version === entry.version &&
    object.plural === entry.plural &&
    object.namespaced === entry.namespaced &&
    object.uid === entry.uid
  );
}
