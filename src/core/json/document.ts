import { LandfallError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { PatchOperation } from '../spec/spec.ts';
import {
  cellEquals,
  cellOf,
  cellOfValue,
  childOf,
  copyOf,
  decodeCell,
  insertItem,
  removeItem,
  removeMember,
  render,
  setMember,
  slotsOf,
  type Cell,
} from './cell.ts';
import { arrayIndex, parsePointer } from './pointer.ts';
import type { JsonKind } from './scan.ts';
import type { JsonValue } from './value.ts';

/** What a rule may see of an object: it reads, it never changes. */
export interface DocumentView {
  /** The decoded value at a pointer; undefined when there is none. */
  read(pointer: string): JsonValue | undefined;
  has(pointer: string): boolean;
  /** The kind of the value at a pointer; undefined when there is none. */
  kind(pointer: string): JsonKind | undefined;
  /** The exact text of the value at a pointer; undefined when there is none. */
  raw(pointer: string): string | undefined;
  /** The keys or indices below a pointer, each once; none for scalars and where there is nothing. */
  children(pointer: string): readonly string[];
  /** The whole text as it is now. */
  text(): string;
}

/** A JSON text under edit: several patches, one reading and one writing of the text. */
export interface Document extends DocumentView {
  /** Applies RFC 6902 operations, all or none. Throws TRANSFORM_FAILED; `why` is `testFailed` when only a test failed. */
  apply(operations: readonly PatchOperation[]): void;
}

/** The `why` of a TRANSFORM_FAILED whose patch is sound but whose test does not hold for this object. */
export const testFailed = 'a test operation of the patch failed';

/** Opens a text for editing. */
export function openDocument(text: string): Document {
  let root = cellOf(text);
  let rendered: string | undefined = text;
  const applied: (readonly PatchOperation[])[] = [];
  const find = (pointer: string): Cell | undefined => findCell(root, parsePointer(pointer));
  return {
    read: (pointer) => mapCell(find(pointer), decodeCell),
    has: (pointer) => find(pointer) !== undefined,
    kind: (pointer) => find(pointer)?.node.kind,
    raw: (pointer) => mapCell(find(pointer), render),
    children: (pointer) => childrenOf(find(pointer)),
    text: () => (rendered ??= render(root)),
    apply: (operations) => {
      try {
        root = applyOperations(root, operations);
        rendered = undefined;
        applied.push(operations);
      } catch (error) {
        // Failing is rare: what was applied before is applied again, so that the ordinary way keeps no copies.
        root = applied.reduce(applyOperations, cellOf(text));
        throw error;
      }
    },
  };
}

function childrenOf(cell: Cell | undefined): readonly string[] {
  if (cell === undefined || (cell.node.kind !== 'object' && cell.node.kind !== 'array')) return [];
  const slots = slotsOf(cell);
  return cell.node.kind === 'array'
    ? slots.map((_, index) => String(index))
    : [...new Set(slots.map((slot) => slot.key))];
}

function mapCell<T>(cell: Cell | undefined, use: (cell: Cell) => T): T | undefined {
  return cell === undefined ? undefined : use(cell);
}

function findCell(root: Cell, segments: readonly string[]): Cell | undefined {
  let cell: Cell | undefined = root;
  for (const segment of segments) {
    if (cell === undefined) return undefined;
    cell = childOf(cell, segment)?.cell;
  }
  return cell;
}

function applyOperations(start: Cell, operations: readonly PatchOperation[]): Cell {
  if (operations.length > limits.patchOperations) {
    throw failed(`it has ${operations.length} operations; the API server takes ${limits.patchOperations}`);
  }
  let root = start;
  for (const operation of operations) root = applyOne(root, operation);
  return root;
}

/** A pointer, and its segments. */
interface Place {
  readonly pointer: string;
  readonly path: readonly string[];
}

function placeOf(pointer: string): Place {
  return { pointer, path: parsePointer(pointer) };
}

function applyOne(root: Cell, operation: PatchOperation): Cell {
  const place = placeOf(operation.path);
  switch (operation.op) {
    case 'test':
      if (!cellEquals(existing(root, place), given(operation))) throw failed(testFailed, operation.path);
      return root;
    case 'remove':
      return removeAt(root, place);
    case 'replace':
      existing(root, place);
      return replaceAt(root, place, cellOfValue(given(operation)));
    case 'add':
      return addAt(root, place, cellOfValue(given(operation)));
    case 'copy':
    case 'move':
      return transfer(root, operation, place);
    default:
      throw failed(`${JSON.stringify(String(operation.op))} is not an RFC 6902 operation`, operation.path);
  }
}

function transfer(root: Cell, operation: PatchOperation, to: Place): Cell {
  if (operation.from === undefined) throw failed(`${operation.op} needs a "from"`, operation.path);
  const from = placeOf(operation.from);
  const value = existing(root, from);
  if (operation.op === 'copy') return addAt(root, to, copyOf(value));
  if (from.path.every((segment, index) => segment === to.path[index])) {
    if (from.path.length === to.path.length) return root;
    if (from.path.length < to.path.length) throw failed('a value cannot be moved into itself', operation.path);
  }
  return addAt(removeAt(root, from), to, value);
}

function existing(root: Cell, { pointer, path }: Place): Cell {
  const cell = findCell(root, path);
  if (cell === undefined) throw failed('there is no such value', pointer);
  return cell;
}

function parentOf(root: Cell, { pointer, path }: Place): Cell {
  const parent = existing(root, { pointer, path: path.slice(0, -1) });
  if (parent.node.kind !== 'object' && parent.node.kind !== 'array') {
    throw failed('its parent is neither an object nor a list', pointer);
  }
  return parent;
}

function removeAt(root: Cell, { pointer, path }: Place): Cell {
  const last = path.at(-1);
  if (last === undefined) throw failed('the whole document cannot be removed', pointer);
  const parent = findCell(root, path.slice(0, -1));
  if (parent === undefined || childOf(parent, last) === undefined) throw failed('there is no such value', pointer);
  if (parent.node.kind === 'object') removeMember(parent, last);
  else removeItem(parent, arrayIndex(last) ?? 0);
  return root;
}

function replaceAt(root: Cell, { path }: Place, value: Cell): Cell {
  const last = path.at(-1);
  if (last === undefined) return value;
  const slot = mapCell(findCell(root, path.slice(0, -1)), (parent) => childOf(parent, last));
  if (slot !== undefined) slot.cell = value;
  return root;
}

function addAt(root: Cell, place: Place, value: Cell): Cell {
  const last = place.path.at(-1);
  if (last === undefined) return value;
  const parent = parentOf(root, place);
  if (parent.node.kind === 'object') {
    setMember(parent, last, value);
    return root;
  }
  const length = slotsOf(parent).length;
  const index = last === '-' ? length : arrayIndex(last);
  if (index === undefined || index > length) throw failed('this is not a valid index of the list', place.pointer);
  insertItem(parent, index, value);
  return root;
}

function given(operation: PatchOperation): unknown {
  if (operation.value === undefined) throw failed(`${operation.op} needs a value`, operation.path);
  return operation.value;
}

function failed(why: string, path?: string): LandfallError {
  const where = path === undefined ? '' : ` at ${JSON.stringify(path.slice(0, 200))}`;
  return new LandfallError('TRANSFORM_FAILED', { what: `a patch does not apply${where}`, why });
}
