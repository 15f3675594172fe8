import { IncompleteJson, sliceArray, valueEnd, visitObject } from './json-scan.ts';

/** A list answer, its items as the bytes they came in. The slices keep the whole page in memory while one of them lives. */
export interface SplitList {
  readonly items: readonly Uint8Array[];
  /** '' when the server names none (aggregated APIs without storage). */
  readonly resourceVersion: string;
  /** '' on the last page. */
  readonly continueToken: string;
  /** Objects on later pages; undefined when the server does not say (selectors, last page). */
  readonly remaining: number | undefined;
}

/**
 * Splits the body of a LIST answer without parsing the items. Throws IncompleteJson when the body is not one complete
 * object with a `metadata` and an `items`: every proper prefix of a list is refused. `kind` is not observed, since the
 * kind of a list need not end in "List" (api-server-facts 23); `items: null` is an empty list.
 */
export function splitList(bytes: Buffer): SplitList {
  const items: Uint8Array[] = [];
  let itemsSeen = false;
  let metadata: unknown;
  visitObject(bytes, (key, start) => {
    if (key === 'metadata') {
      const end = valueEnd(bytes, start);
      metadata = parseSlice(bytes, start, end);
      return end;
    }
    if (key !== 'items') return undefined;
    if (itemsSeen) throw new IncompleteJson('items come twice', start);
    itemsSeen = true;
    if (bytes.toString('latin1', start, start + 4) === 'null') return start + 4;
    return sliceArray(bytes, start, items);
  });
  if (!itemsSeen) throw new IncompleteJson('a list has no items', bytes.length);
  return { items, ...listMetadata(metadata) };
}

function listMetadata(metadata: unknown): Omit<SplitList, 'items'> {
  const fields = (metadata ?? {}) as Record<string, unknown>;
  const { resourceVersion, continue: continueToken, remainingItemCount } = fields;
  return {
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    continueToken: typeof continueToken === 'string' ? continueToken : '',
    remaining: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
  };
}

/** The parts of an object's metadata that the cluster port itself needs. */
export interface ObjectMetadata {
  readonly name: string;
  readonly resourceVersion: string;
  readonly deletionTimestamp: string | undefined;
  readonly deletionGracePeriodSeconds: number | undefined;
  readonly finalizers: readonly string[];
}

/**
 * Reads an object's metadata and checks that the object is complete. Throws IncompleteJson. Only `metadata` is parsed,
 * and only to be looked at.
 */
export function readMetadata(bytes: Buffer): ObjectMetadata {
  let metadata: Record<string, unknown> = {};
  visitObject(bytes, (key, start) => {
    if (key !== 'metadata') return undefined;
    const end = valueEnd(bytes, start);
    metadata = (parseSlice(bytes, start, end) ?? {}) as Record<string, unknown>;
    return end;
  });
  const { name, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds, finalizers } = metadata;
  return {
    name: typeof name === 'string' ? name : '',
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    deletionTimestamp: typeof deletionTimestamp === 'string' ? deletionTimestamp : undefined,
    deletionGracePeriodSeconds: typeof deletionGracePeriodSeconds === 'number' ? deletionGracePeriodSeconds : undefined,
    finalizers: Array.isArray(finalizers) ? finalizers.map(String) : [],
  };
}

/** Takes the slices of the named top-level members; absent ones are absent. Throws IncompleteJson. */
export function sliceMembers(bytes: Buffer, keys: readonly string[]): Map<string, Buffer> {
  const slices = new Map<string, Buffer>();
  visitObject(bytes, (key, start) => {
    if (!keys.includes(key)) return undefined;
    const end = valueEnd(bytes, start);
    slices.set(key, bytes.subarray(start, end));
    return end;
  });
  return slices;
}

function parseSlice(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    throw new IncompleteJson('metadata is not JSON', start);
  }
}
