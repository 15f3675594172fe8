import { canonicalOf } from './canonical.ts';
import { itemsOf, membersOf, parseDocument, textOf, valueOf, type JsonNode } from './node.ts';
import { arrayIndex } from './pointer.ts';
import { encodeValue, type JsonValue } from './value.ts';

/**
 * The editable form of a JSON value. A cell is a span of the original text until something below it changes; only
 * the containers on the way to a change are taken apart. Everything else is written out byte for byte.
 */
export interface Cell {
  node: JsonNode;
  /** Undefined: as in the text. */
  slots: Slot[] | undefined;
}

/** A member or item. `lead` is the text between the separator and the value (white space, key, colon). */
export interface Slot {
  readonly key: string;
  readonly lead: string;
  cell: Cell;
  /** White space between the value and the next separator. */
  readonly trail: string;
}

/** A cell for a whole JSON text. */
export function cellOf(text: string): Cell {
  return { node: parseDocument(text), slots: undefined };
}

/** A cell for a value given by a patch. */
export function cellOfValue(value: unknown): Cell {
  return cellOf(encodeValue(value));
}

/** Takes a container apart, one level deep. Scalars have no slots. */
export function slotsOf(cell: Cell): Slot[] {
  if (cell.slots !== undefined) return cell.slots;
  const { node } = cell;
  const text = node.text;
  let from = node.start + 1;
  const slots: Slot[] = [];
  const push = (key: string, value: JsonNode): void => {
    const next = endOfItem(text, value.end);
    const trail = next === value.end ? '' : text.slice(value.end, next);
    slots.push({ key, lead: text.slice(from, value.start), cell: { node: value, slots: undefined }, trail });
    from = next + 1;
  };
  for (const member of membersOf(node)) push(member.key, member.value);
  itemsOf(node).forEach((item, index) => push(String(index), item));
  cell.slots = slots;
  return slots;
}

/** The child a pointer segment names; of a key that is there twice the last. */
export function childOf(cell: Cell, segment: string): Slot | undefined {
  if (cell.node.kind === 'object') {
    const slots = slotsOf(cell);
    for (let at = slots.length - 1; at >= 0; at--) if (slots[at]?.key === segment) return slots[at];
    return undefined;
  }
  const index = cell.node.kind === 'array' ? arrayIndex(segment) : undefined;
  return index === undefined ? undefined : slotsOf(cell)[index];
}

/** Sets a member: replaced in place when there, else appended. */
export function setMember(cell: Cell, key: string, value: Cell): void {
  const slot = childOf(cell, key);
  if (slot !== undefined) slot.cell = value;
  else slotsOf(cell).push({ key, lead: `${JSON.stringify(key)}:`, cell: value, trail: '' });
}

/** Removes every member of that name: a shadowed duplicate must not come to light. */
export function removeMember(cell: Cell, key: string): void {
  const slots = slotsOf(cell);
  for (let at = slots.length - 1; at >= 0; at -= 1) if (slots[at]?.key === key) slots.splice(at, 1);
}

export function insertItem(cell: Cell, index: number, value: Cell): void {
  slotsOf(cell).splice(index, 0, { key: '', lead: '', cell: value, trail: '' });
}

export function removeItem(cell: Cell, index: number): void {
  slotsOf(cell).splice(index, 1);
}

/** Writes a cell: unchanged spans verbatim. */
export function render(cell: Cell): string {
  if (cell.slots === undefined) return textOf(cell.node);
  let out = '';
  for (const slot of cell.slots) {
    if (out !== '') out += ',';
    out += slot.lead + render(slot.cell) + slot.trail;
  }
  return cell.node.kind === 'object' ? `{${out}}` : `[${out}]`;
}

/** A copy that shares nothing which a later operation could change. */
export function copyOf(cell: Cell): Cell {
  return cell.slots === undefined ? { node: cell.node, slots: undefined } : cellOf(render(cell));
}

/** The decoded value of a cell. */
export function decodeCell(cell: Cell): JsonValue {
  return valueOf(cell.slots === undefined ? cell.node : parseDocument(render(cell)));
}

/** True when a cell holds exactly this value: objects without order, numbers by decimal value. */
export function cellEquals(cell: Cell, value: unknown): boolean {
  const node = cell.slots === undefined ? cell.node : parseDocument(render(cell));
  return canonicalOf(node) === canonicalOf(parseDocument(encodeValue(value)));
}

function endOfItem(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 0x2c || code === 0x7d || code === 0x5d) return at;
    at++;
  }
}
