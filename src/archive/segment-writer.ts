import { objectKey } from '../core/resource.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { CapturedObject, IndexEntry } from './entry.ts';
import { createPartialIndex } from './index-partial.ts';
import { segmentKey } from './layout.ts';
import { compareUtf8, createCutter, segmentCuts } from './order.ts';
import { createScratch } from './scratch.ts';
import { checkObjectSize, encodeSegment, openSegment, type OpenSegment, type SegmentItem } from './segment.ts';
import { sealContent, sealContext } from './sealed.ts';
import { storeBytes } from './stored.ts';

/** Raw bytes that wait to be cut: objects may come out of order within it without costing deduplication. */
const windowBytes = segmentCuts.max + segmentCuts.min;
/**
 * For all writers of the process: one segment is put together while another is compressed. Whoever
 * waits for one reads no further pages.
 */
const scratch = createScratch(windowBytes, 2);

const segmentContext = sealContext(segmentKey('0'.repeat(64)));

export interface SegmentStats {
  readonly objects: number;
  /** Bytes of the objects as the server gave them. */
  readonly rawBytes: number;
  /** Bytes of all segments, stored by this writer or found in the store. */
  readonly segmentBytes: number;
  /** Bytes this writer sent, the partial index included; 0 when everything was there already. */
  readonly storedBytes: number;
  readonly newSegments: number;
  readonly reusedSegments: number;
}

export interface SegmentWriterResult {
  /** Partial index of everything added, for `mergeIndexes`; absent when nothing was. */
  readonly index?: StoredRef;
  readonly stats: SegmentStats;
}

export interface SegmentWriterOptions extends StoreOptions {
  /** Segments on their way at the same time; each holds up to 8 MiB raw until it is compressed. */
  readonly parallel?: number;
}

/**
 * Writes objects as segments. Not for concurrent use: await each `add`.
 * Abandoning a writer is fine: what it stored is named by content and found again by the next.
 */
export interface SegmentWriter {
  /** Takes an object; waits while enough is on its way. Keeps `bytes` until they are stored: do not change them. */
  add(object: CapturedObject, bytes: Uint8Array): Promise<void>;
  /** Stores what is left and the partial index. */
  finish(): Promise<SegmentWriterResult>;
}

/** Creates a writer. Memory is bounded whatever the number of objects, but for some 50 bytes of index each. */
export function createSegmentWriter(location: Location, options: SegmentWriterOptions = {}): SegmentWriter {
  return new WindowedWriter(location, options);
}

interface SentSegment {
  readonly entries: readonly IndexEntry[];
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly isNew: boolean;
}

class WindowedWriter implements SegmentWriter {
  readonly #location: Location;
  readonly #options: SegmentWriterOptions;
  readonly #index = createPartialIndex();
  #window: SegmentItem[] = [];
  #windowBytes = 0;
  /** In the order of their keys, so that the index is written in it. */
  #sending: Promise<SentSegment>[] = [];
  #stats = { objects: 0, rawBytes: 0, segmentBytes: 0, storedBytes: 0, newSegments: 0, reusedSegments: 0 };

  constructor(location: Location, options: SegmentWriterOptions) {
    this.#location = location;
    this.#options = options;
  }

  async add(object: CapturedObject, bytes: Uint8Array): Promise<void> {
    checkObjectSize(object, bytes);
    this.#window.push({ key: objectKey(object.ref), object, bytes });
    this.#windowBytes += bytes.byteLength;
    if (this.#windowBytes >= windowBytes) await this.#cut(false);
  }

  async finish(): Promise<SegmentWriterResult> {
    await this.#cut(true);
    await this.#settle(0);
    if (this.#index.count === 0) return { stats: this.#stats };
    const { ref, isNew } = await this.#index.store(this.#location, this.#options);
    if (isNew) this.#stats.storedBytes += ref.sizeBytes;
    return { index: ref, stats: this.#stats };
  }

  /** Sends every segment that is complete; the rest stays until more comes, or goes too when nothing will. */
  async #cut(all: boolean): Promise<void> {
    this.#window.sort((left, right) => compareUtf8(left.key, right.key));
    const cutter = createCutter(segmentCuts);
    let start = 0;
    for (const [at, item] of this.#window.entries()) {
      const { before, after } = cutter(item.key, item.bytes.byteLength);
      if (before) {
        await this.#send(this.#window.slice(start, at));
        start = at;
      }
      if (after) {
        await this.#send(this.#window.slice(start, at + 1));
        start = at + 1;
      }
    }
    this.#window = this.#window.slice(start);
    if (all && this.#window.length > 0) {
      await this.#send(this.#window);
      this.#window = [];
    }
    this.#windowBytes = this.#window.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  }

  async #send(items: readonly SegmentItem[]): Promise<void> {
    await this.#settle((this.#options.parallel ?? 3) - 1);
    const sending = this.#store(await openSegment(items, scratch));
    // Its failure is thrown where it is waited for, which an abandoned writer never does.
    sending.catch(() => undefined);
    this.#sending.push(sending);
  }

  /** Waits until at most `left` segments are on their way. */
  async #settle(left: number): Promise<void> {
    while (this.#sending.length > left) {
      const sent = await this.#sending[0];
      void this.#sending.shift();
      if (sent !== undefined) this.#account(sent);
    }
  }

  #account(sent: SentSegment): void {
    for (const entry of sent.entries) this.#index.add(entry);
    this.#stats.objects += sent.entries.length;
    this.#stats.rawBytes += sent.rawBytes;
    this.#stats.segmentBytes += sent.storedBytes;
    this.#stats.storedBytes += sent.isNew ? sent.storedBytes : 0;
    this.#stats.newSegments += sent.isNew ? 1 : 0;
    this.#stats.reusedSegments += sent.isNew ? 0 : 1;
  }

  async #store(segment: OpenSegment): Promise<SentSegment> {
    const { stored, sha256, entries, rawBytes } = await encodeSegment(segment, scratch, (bytes) =>
      sealContent(this.#location, segmentContext, bytes)
    );
    const { isNew } = await storeBytes(this.#location, { keyOf: segmentKey, bytes: stored, sha256 }, this.#options);
    return { entries, rawBytes, storedBytes: stored.byteLength, isNew };
  }
}
