import { limits } from '../limits.ts';
import { arrayIndex, parsePointer } from './pointer.ts';
import { isSpace, kindAt, malformed, skipSpace, skipString, skipValue, type JsonKind } from './scan.ts';
import { asText, decodeNumber, type JsonValue } from './value.ts';

/** A value inside a JSON text: where it is, not what it holds. Nothing below it is read before it is asked for. */
export interface JsonNode {
  readonly text: string;
  readonly kind: JsonKind;
  readonly start: number;
  readonly end: number;
}

/** One member of an object, in the order of the text; the same key may come more than once. */
export interface JsonMember {
  readonly key: string;
  /** Offset of the quote that opens the key. */
  readonly keyStart: number;
  readonly value: JsonNode;
}

/**
 * Opens a JSON text without reading into it: only that it begins and ends as one value does. What stands between is
 * looked at when it is asked for; each reader throws OBJECT_INVALID for what it meets.
 */
export function parseDocument(text: string): JsonNode {
  const start = skipSpace(text, 0);
  const kind = kindAt(text, start);
  let end = text.length;
  while (isSpace(text.charCodeAt(end - 1))) end--;
  const last = text.charCodeAt(end - 1);
  if ((kind === 'object' && last !== 0x7d) || (kind === 'array' && last !== 0x5d))
    throw malformed(end, 'closing bracket');
  if (kind !== 'object' && kind !== 'array' && skipValue(text, start) !== end) throw malformed(end, 'end of text');
  return { text, kind, start, end };
}

/** The members of an object in the order of the text; none for other kinds. */
export function membersOf(node: JsonNode): readonly JsonMember[] {
  const members: JsonMember[] = [];
  if (node.kind !== 'object') return members;
  const text = node.text;
  let end = skipSpace(text, node.start + 1);
  for (let at = end; text.charCodeAt(at) !== 0x7d;) {
    const member = memberAt(text, at);
    members.push(member);
    at = nextItem(text, member.value.end, 0x7d);
    end = at;
  }
  if (end + 1 !== node.end) throw malformed(end + 1, 'end of object');
  return members;
}

/** The first value of a key in the object a text consists of; what stands behind it is not observed. */
export function firstMember(node: JsonNode, key: string): JsonNode | undefined {
  if (node.kind !== 'object') return undefined;
  const text = node.text;
  for (let at = skipSpace(text, node.start + 1); text.charCodeAt(at) !== 0x7d;) {
    const member = memberAt(text, at);
    if (member.key === key) return member.value;
    at = nextItem(text, member.value.end, 0x7d);
  }
  return undefined;
}

function memberAt(text: string, at: number): JsonMember {
  if (text.charCodeAt(at) !== 0x22) throw malformed(at, 'key');
  const keyEnd = skipString(text, at);
  const colon = skipSpace(text, keyEnd);
  if (text.charCodeAt(colon) !== 0x3a) throw malformed(colon, "':'");
  const value = nodeAt(text, skipSpace(text, colon + 1));
  return { key: decodeString(text, at, keyEnd), keyStart: at, value };
}

/** The items of an array; none for other kinds. */
export function itemsOf(node: JsonNode): readonly JsonNode[] {
  const items: JsonNode[] = [];
  if (node.kind !== 'array') return items;
  for (let at = skipSpace(node.text, node.start + 1); node.text.charCodeAt(at) !== 0x5d;) {
    const item = nodeAt(node.text, at);
    items.push(item);
    at = nextItem(node.text, item.end, 0x5d);
  }
  return items;
}

/** The value of a key; of the last one when the key is there twice, as Go's and JavaScript's decoders take it. */
function memberOf(node: JsonNode, key: string): JsonNode | undefined {
  return membersOf(node).findLast((member) => member.key === key)?.value;
}

/** The value a JSON pointer names, or undefined when there is none. */
export function nodeAtPointer(root: JsonNode, pointer: string): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const segment of parsePointer(pointer)) {
    if (node === undefined) return undefined;
    const index: number | undefined = node.kind === 'array' ? arrayIndex(segment) : undefined;
    node = node.kind === 'array' ? (index === undefined ? undefined : itemsOf(node)[index]) : memberOf(node, segment);
  }
  return node;
}

/** The exact text of a value. */
export function textOf(node: JsonNode): string {
  return node.text.slice(node.start, node.end);
}

/** Decodes a value. Keys such as `__proto__` become ordinary own properties. */
export function valueOf(node: JsonNode): JsonValue {
  const slice = textOf(node);
  return mayHoldInexact(slice) ? decodeAt(node, 0) : parseNative(slice, node.start);
}

/** True unless every number of the text survives JSON.parse: only long or exponential ones can lose by it. */
export function mayHoldInexact(text: string): boolean {
  return /[:,[]\s*-?[0-9](?:[0-9.]{15}|[0-9.]*[eE])|^-?[0-9]/.test(text);
}

/** The decoded value at a JSON pointer, or undefined when there is none. */
export function read(text: string, pointer: string): JsonValue | undefined {
  const node = nodeAtPointer(parseDocument(text), pointer);
  return node === undefined ? undefined : valueOf(node);
}

/** Decodes the string whose quotes are at `start` and before `end`. */
export function decodeString(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  return inner.includes('\\') ? asText(parseNative(text.slice(start, end), start)) : inner;
}

function decodeAt(node: JsonNode, depth: number): JsonValue {
  if (depth > limits.jsonDepth) throw malformed(node.start, `at most ${limits.jsonDepth} levels`);
  if (node.kind === 'number') {
    parseNative(textOf(node), node.start);
    return decodeNumber(textOf(node));
  }
  if (node.kind === 'array') return itemsOf(node).map((item) => decodeAt(item, depth + 1));
  if (node.kind !== 'object') return parseNative(textOf(node), node.start);
  const object: Record<string, JsonValue> = {};
  for (const member of membersOf(node)) setOwn(object, member.key, decodeAt(member.value, depth + 1));
  return object;
}

/** Sets an own property whatever its name: a plain assignment to `__proto__` would change the prototype. */
function setOwn(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  } else object[key] = value;
}

function nodeAt(text: string, start: number): JsonNode {
  return { text, kind: kindAt(text, start), start, end: skipValue(text, start) };
}

function nextItem(text: string, end: number, close: number): number {
  const at = skipSpace(text, end);
  const code = text.charCodeAt(at);
  if (code === close) return at;
  if (code !== 0x2c) throw malformed(at, "','");
  const next = skipSpace(text, at + 1);
  if (text.charCodeAt(next) === close) throw malformed(next, 'value');
  return next;
}

function parseNative(text: string, offset: number): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw malformed(offset, 'a valid value');
  }
}
