import type { ApiResource, ObjectRef } from '../core/resource.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import { corruptContainer } from './container.ts';
import { segmentKey } from './layout.ts';

/** What the writer learns of an object; the resource is the one it was read as. */
export interface CapturedObject {
  readonly resource: Pick<ApiResource, 'group' | 'version' | 'kind' | 'plural' | 'namespaced'>;
  readonly ref: ObjectRef;
  readonly uid: string;
}

/** One object of a recovery point: what it is, what its bytes are, where they lie. `objectKey` takes an entry as it is. */
export interface IndexEntry extends ObjectRef {
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly uid: string;
  /** SHA-256 of the raw object. */
  readonly sha256: string;
  /** Bytes of the raw object. */
  readonly length: number;
  /** Where it starts in the decompressed segment. */
  readonly offset: number;
  /** SHA-256 of the stored segment, and its size. */
  readonly segment: string;
  readonly segmentBytes: number;
}

/** An object as the header of a segment describes it. */
export type SegmentObject = Omit<IndexEntry, 'offset' | 'segment' | 'segmentBytes'>;

/** The segment of an entry. */
export function segmentRefOf(entry: Pick<IndexEntry, 'segment' | 'segmentBytes'>): StoredRef {
  return { key: segmentKey(entry.segment), sha256: entry.segment, sizeBytes: entry.segmentBytes };
}

/** Checks the shape of an entry read from a store; `key` is the index it stands in. Unknown fields are ignored. */
export function parseEntry(key: string, value: unknown): IndexEntry {
  const fields = fieldsOf(key, value);
  const entry = {
    ...parseSegmentObject(key, value),
    offset: natural(key, fields['offset']),
    segment: digest(key, fields['segment']),
    segmentBytes: natural(key, fields['segmentBytes']),
  };
  return entry;
}

/** Checks the shape of an object in the header of a segment. */
export function parseSegmentObject(key: string, value: unknown): SegmentObject {
  const fields = fieldsOf(key, value);
  if (typeof fields['namespaced'] !== 'boolean') throw corruptContainer(key, 'an entry lacks namespaced');
  return {
    group: text(key, fields['group']),
    version: text(key, fields['version']),
    kind: text(key, fields['kind']),
    plural: text(key, fields['plural']),
    namespaced: fields['namespaced'],
    namespace: text(key, fields['namespace']),
    name: text(key, fields['name']),
    uid: text(key, fields['uid']),
    sha256: digest(key, fields['sha256']),
    length: natural(key, fields['length']),
  };
}

function fieldsOf(key: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw corruptContainer(key, 'an entry is not an object');
}

function text(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw corruptContainer(key, 'an entry lacks a string');
}

function natural(key: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw corruptContainer(key, 'an entry lacks a number');
}

function digest(key: string, value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/u.test(value)) return value;
  throw corruptContainer(key, 'an entry lacks a SHA-256');
}
