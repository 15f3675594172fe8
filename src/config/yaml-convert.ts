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
  const value = convert(walk, document.contents, [], 0);
  return { value, offsets: walk.offsets, problems: walk.problems };
}

function convert(walk: Walk, node: unknown, path: ConfigPath, depth: number): unknown {
  if (walk.stopped || node === null || node === undefined) return null;
  const offset = offsetOf(node);
  walk.nodes += 1;
  if (walk.nodes > nodesMax || depth > depthMax) {
    walk.stopped = true;
    trouble(
      walk,
      [],
      offset,
      `is too large: more than ${nodesMax} values or ${depthMax} levels`,
      'split the file; write anchors out'
    );
    return null;
  }
  if (isAlias(node)) return convertAlias(walk, node.resolve(walk.document), { path, offset, depth });
  if (isMap(node)) return convertMap(walk, node.items, path, depth);
  if (isSeq(node)) return node.items.map((item, index) => convertItem(walk, item, [...path, index], depth));
  return isScalar(node) ? convertScalar(walk, node, path) : null;
}

function convertItem(walk: Walk, item: unknown, path: ConfigPath, depth: number): unknown {
  const offset = offsetOf(item);
  walk.offsets.set(JSON.stringify(path), { key: offset, value: offset });
  return convert(walk, item, path, depth + 1);
}

function convertAlias(
  walk: Walk,
  target: Node | undefined,
  at: { readonly path: ConfigPath; readonly offset: number; readonly depth: number }
): unknown {
  walk.aliases += 1;
  if (walk.aliases > aliasesMax) {
    walk.stopped = true;
    trouble(walk, [], at.offset, `uses more than ${aliasesMax} aliases`, 'write the values out');
    return null;
  }
  if (target === undefined) {
    trouble(
      walk,
      at.path,
      at.offset,
      'is an alias without an anchor',
      'define the anchor above, or write the value out'
    );
    return null;
  }
  return convert(walk, target, at.path, at.depth + 1);
}

function convertMap(walk: Walk, items: readonly Pair[], path: ConfigPath, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const item of items) {
    const offset = offsetOf(item.key);
    const key = keyText(item.key);
    if (key === undefined) {
      trouble(
        walk,
        path,
        offset,
        'has a key that is not a string',
        'use plain words as keys; put numbers and booleans in quotes'
      );
    } else if (key === '<<') {
      trouble(walk, path, offset, 'has a merge key (<<), which is not supported', 'write the keys out');
    } else if (forbiddenKeys.has(key)) {
      trouble(walk, path, offset, `has the key ${key}, which is not allowed`, 'remove it');
    } else {
      const inner = [...path, key];
      walk.offsets.set(JSON.stringify(inner), {
        key: offset,
        value: item.value === null ? offset : offsetOf(item.value),
      });
      result[key] = convert(walk, item.value, inner, depth + 1);
    }
  }
  return result;
}

function convertScalar(walk: Walk, node: { value: unknown; source?: string; tag?: string }, path: ConfigPath): unknown {
  const { value } = node;
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) {
    trouble(walk, path, offsetOf(node), 'is not a finite number', 'use a number, or a string in quotes');
  } else if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    trouble(
      walk,
      path,
      offsetOf(node),
      'is a number too large to be kept exactly',
      'put it in quotes if a string is allowed'
    );
  }
  return value;
}

function keyText(key: unknown): string | undefined {
  return isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
}

function offsetOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? 0;
}

function trouble(walk: Walk, path: ConfigPath, offset: number, what: string, hint: string): void {
  walk.problems.push({ path, offset, what, hint });
}
