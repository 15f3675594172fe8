import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml';
import type { ConfigPath } from './problem.ts';

const nodesMax = 20_000;
const depthMax = 40;
const aliasesMax = 100;
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

interface Offsets {
  readonly key: number;
  readonly value: number;
}

/** Where a node is. */
interface Place {
  readonly path: ConfigPath;
  /** Levels above it; an alias is one, though it adds nothing to the path. */
  readonly depth: number;
}

interface Trouble {
  readonly path: ConfigPath;
  readonly offset: number;
  readonly what: string;
  readonly hint: string;
}

export interface Converted {
  readonly value: unknown;
  /** By `JSON.stringify(path)`. */
  readonly offsets: ReadonlyMap<string, Offsets>;
  readonly problems: readonly Trouble[];
}

interface Walk {
  readonly document: Document;
  readonly offsets: Map<string, Offsets>;
  readonly problems: Trouble[];
  nodes: number;
  aliases: number;
  stopped: boolean;
}

/**
 * Turns a parsed document into plain data. Done by hand instead of by the parser's `toJS`, because of what a file from
 * somebody else may hold: aliases that grow without end, merge keys, keys that reach a prototype, numbers that
 * JavaScript would round. Each is a problem; the rest of the document is still read.
 */
export function convertDocument(document: Document): Converted {
  const walk: Walk = { document, offsets: new Map(), problems: [], nodes: 0, aliases: 0, stopped: false };
  const value = convert(walk, document.contents, { path: [], depth: 0 });
  return { value, offsets: walk.offsets, problems: walk.problems };
}

function convert(walk: Walk, node: unknown, at: Place): unknown {
  if (walk.stopped || node === null || node === undefined) return null;
  const offset = offsetOf(node);
  walk.nodes += 1;
  if (walk.nodes > nodesMax || at.depth > depthMax) {
    walk.stopped = true;
    walk.problems.push({
      path: [],
      offset,
      what: `is too large: more than ${nodesMax} values or ${depthMax} levels`,
      hint: 'split the file; write anchors out',
    });
    return null;
  }
  if (isAlias(node)) return convertAlias(walk, node.resolve(walk.document), { ...at, offset });
  if (isMap(node)) return convertMap(walk, node.items, at);
  if (isSeq(node)) return node.items.map((item, index) => convertItem(walk, item, below(at, index)));
  return isScalar(node) ? convertScalar(walk, node, at.path) : null;
}

function convertItem(walk: Walk, item: unknown, at: Place): unknown {
  const offset = offsetOf(item);
  walk.offsets.set(JSON.stringify(at.path), { key: offset, value: offset });
  return convert(walk, item, at);
}

function convertAlias(
  walk: Walk,
  target: Node | undefined,
  { path, depth, offset }: Place & { readonly offset: number }
): unknown {
  walk.aliases += 1;
  if (walk.aliases > aliasesMax) {
    walk.stopped = true;
    walk.problems.push({
      path: [],
      offset,
      what: `uses more than ${aliasesMax} aliases`,
      hint: 'write the values out',
    });
    return null;
  }
  if (target === undefined) {
    walk.problems.push({
      path,
      offset,
      what: 'is an alias without an anchor',
      hint: 'define the anchor above, or write the value out',
    });
    return null;
  }
  return convert(walk, target, { path, depth: depth + 1 });
}

function convertMap(walk: Walk, items: readonly Pair[], at: Place): Record<string, unknown> {
  const { path } = at;
  const result: Record<string, unknown> = {};
  for (const item of items) {
    const offset = offsetOf(item.key);
    const key = keyText(item.key);
    if (key === undefined) {
      walk.problems.push({
        path,
        offset,
        what: 'has a key that is not a string',
        hint: 'use plain words as keys; put numbers and booleans in quotes',
      });
    } else if (key === '<<') {
      walk.problems.push({
        path,
        offset,
        what: 'has a merge key (<<), which is not supported',
        hint: 'write the keys out',
      });
    } else if (forbiddenKeys.has(key)) {
      walk.problems.push({ path, offset, what: `has the key ${key}, which is not allowed`, hint: 'remove it' });
    } else {
      const inner = below(at, key);
      walk.offsets.set(JSON.stringify(inner.path), {
        key: offset,
        value: item.value === null ? offset : offsetOf(item.value),
      });
      result[key] = convert(walk, item.value, inner);
    }
  }
  return result;
}

function convertScalar(walk: Walk, node: { value: unknown; source?: string; tag?: string }, path: ConfigPath): unknown {
  const { value } = node;
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) {
    walk.problems.push({
      path,
      offset: offsetOf(node),
      what: 'is not a finite number',
      hint: 'use a number, or a string in quotes',
    });
  } else if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    walk.problems.push({
      path,
      offset: offsetOf(node),
      what: 'is a number too large to be kept exactly',
      hint: 'put it in quotes if a string is allowed',
    });
  }
  return value;
}

function below({ path, depth }: Place, key: string | number): Place {
  return { path: [...path, key], depth: depth + 1 };
}

function keyText(key: unknown): string | undefined {
  return isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
}

function offsetOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? 0;
}
