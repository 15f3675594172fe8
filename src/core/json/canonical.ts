import { limits } from '../limits.ts';
import {
  itemsOf,
  mayHoldInexact,
  membersOf,
  parseDocument,
  textOf,
  valueOf,
  type JsonMember,
  type JsonNode,
} from './node.ts';
import { normaliseNumber } from './number.ts';
import { parsePointer } from './pointer.ts';
import { malformed } from './scan.ts';
import type { JsonValue } from './value.ts';

export interface CanonicalOptions {
  /** Pointers whose values are ignored. A segment `*` means every member or item. */
  readonly without?: readonly string[];
  /** Omits members that are null or an empty list: servers drop them or write one for the other. */
  readonly pruneEmpty?: boolean;
}

interface Trie {
  readonly children: Map<string, Trie>;
  leaf: boolean;
}

const tries = new WeakMap<readonly string[], Trie>();

/**
 * One text for all spellings of the same value: keys sorted by code unit, no white space, strings decoded and written
 * again (`\u003c` is `<`), numbers by exact value. Of a key that is there twice the last counts.
 */
export function canonical(text: string, options: CanonicalOptions = {}): string {
  return canonicalOf(parseDocument(text), options);
}

/** As `canonical`, for a part of a document. */
export function canonicalOf(node: JsonNode, options: CanonicalOptions = {}): string {
  const tries = options.without === undefined ? none : [trieOf(options.without)];
  const { writeNode, writeValue } = options.pruneEmpty === true ? pruningWriter : wholeWriter;
  return mayHoldInexact(textOf(node)) ? writeNode(node, tries, 0) : writeValue(valueOf(node), tries, 0);
}

/** Made once for each of the two, so that the way down a value carries no option. */
const wholeWriter = createWriter(false);
const pruningWriter = createWriter(true);

interface Writer {
  /** The exact way, over the text. */
  writeNode(node: JsonNode, tries: readonly Trie[], depth: number): string;
  /** The fast way, for values the native decoder holds exactly. */
  writeValue(value: JsonValue, tries: readonly Trie[], depth: number): string;
}

function createWriter(pruneEmpty: boolean): Writer {
  const isOmitted = (written: string): boolean => pruneEmpty && (written === 'null' || written === '[]');
  return { writeNode, writeValue };

  function writeValue(value: JsonValue, tries: readonly Trie[], depth: number): string {
    if (depth > limits.jsonDepth) throw malformed(0, `at most ${limits.jsonDepth} levels`);
    if (typeof value === 'number') {
      return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : (normaliseNumber(String(value)) ?? 'null');
    }
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    if (Array.isArray(value)) {
      const items: readonly JsonValue[] = value;
      let list = '';
      items.forEach((item, index) => {
        const next = tries.length === 0 ? none : childrenOf(tries, String(index));
        if (!isLeaf(next)) list += (list === '' ? '' : ',') + writeValue(item, next, depth + 1);
      });
      return `[${list}]`;
    }
    const object = value as { readonly [key: string]: JsonValue };
    let members = '';
    for (const key of Object.keys(object).sort()) {
      const next = tries.length === 0 ? none : childrenOf(tries, key);
      if (isLeaf(next)) continue;
      const written = writeValue(object[key] ?? null, next, depth + 1);
      if (isOmitted(written)) continue;
      members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${written}`;
    }
    return `{${members}}`;
  }

  function writeNode(node: JsonNode, tries: readonly Trie[], depth: number): string {
    if (depth > limits.jsonDepth) throw malformed(node.start, `at most ${limits.jsonDepth} levels`);
    if (node.kind === 'object') return writeObject(node, tries, depth);
    if (node.kind === 'array') return writeArray(node, tries, depth);
    const raw = textOf(node);
    if (node.kind === 'string') return raw.includes('\\') ? reencode(raw, node.start) : raw;
    if (node.kind !== 'number') return raw === 'true' || raw === 'false' || raw === 'null' ? raw : fail(node);
    return normaliseNumber(raw) ?? fail(node);
  }

  function writeArray(node: JsonNode, tries: readonly Trie[], depth: number): string {
    const parts: string[] = [];
    itemsOf(node).forEach((item, index) => {
      const next = childrenOf(tries, String(index));
      if (!isLeaf(next)) parts.push(writeNode(item, next, depth + 1));
    });
    return `[${parts.join(',')}]`;
  }

  function writeObject(node: JsonNode, tries: readonly Trie[], depth: number): string {
    const last = new Map<string, JsonMember>();
    for (const member of membersOf(node)) last.set(member.key, member);
    const parts: string[] = [];
    for (const key of [...last.keys()].sort()) {
      const next = childrenOf(tries, key);
      const value = last.get(key)?.value;
      if (value === undefined || isLeaf(next)) continue;
      const written = writeNode(value, next, depth + 1);
      if (!isOmitted(written)) parts.push(`${JSON.stringify(key)}:${written}`);
    }
    return `{${parts.join(',')}}`;
  }
}

const none: readonly Trie[] = [];

/** The tries below a key: its own and that of `*`, which may both go on. */
function childrenOf(tries: readonly Trie[], key: string): readonly Trie[] {
  if (tries.length === 0) return none;
  const next: Trie[] = [];
  for (const trie of tries) {
    const named = trie.children.get(key);
    const any = trie.children.get('*');
    if (named !== undefined) next.push(named);
    if (any !== undefined) next.push(any);
  }
  return next;
}

function isLeaf(tries: readonly Trie[]): boolean {
  return tries.some((trie) => trie.leaf);
}

/** Compiled once for each list of pointers: the lists are constants of rule tables. */
function trieOf(pointers: readonly string[]): Trie {
  const known = tries.get(pointers);
  if (known !== undefined) return known;
  const root: Trie = { children: new Map(), leaf: false };
  for (const pointer of pointers) {
    let at = root;
    for (const segment of parsePointer(pointer)) {
      const next: Trie = at.children.get(segment) ?? { children: new Map(), leaf: false };
      at.children.set(segment, next);
      at = next;
    }
    at.leaf = true;
  }
  tries.set(pointers, root);
  return root;
}

function reencode(raw: string, offset: number): string {
  try {
    return JSON.stringify(JSON.parse(raw));
  } catch {
    throw malformed(offset, 'a valid string');
  }
}

function fail(node: JsonNode): never {
  throw malformed(node.start, 'a valid value');
}
