/** A range of addresses: its first address, the number of fixed bits, and 32 or 128. */
interface Range {
  readonly base: bigint;
  readonly bits: number;
  readonly width: number;
}

/** True when every range of the inner list lies in one of the outer list; what is no range must be there literally. */
export function areWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((one) => outer.some((other) => isWithin(one, other)));
}

/** True when a range or address lies in another; texts that are neither are compared as they are. */
export function isWithin(inner: string, outer: string): boolean {
  const [small, large] = [parseRange(inner), parseRange(outer)];
  if (small === undefined || large === undefined) return inner === outer;
  if (small.width !== large.width || small.bits < large.bits) return false;
  const shift = BigInt(large.width - large.bits);
  return small.base >> shift === large.base >> shift;
}

/** True for a range that holds every address of its family. */
export function isEverywhere(range: string): boolean {
  return parseRange(range)?.bits === 0;
}

/** An address or range; undefined when the text is neither. */
export function parseRange(text: string): Range | undefined {
  const [address = '', prefix] = text.trim().split('/');
  const parsed = address.includes(':') ? parseV6(address) : parseV4(address);
  if (parsed === undefined) return undefined;
  const width = address.includes(':') ? 128 : 32;
  const bits = prefix === undefined ? width : /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : -1;
  return bits < 0 || bits > width ? undefined : { base: parsed, bits, width };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [left, right] = [groups(head), tail === undefined ? [] : groups(tail)];
  const missing = 8 - left.length - right.length;
  if ((tail === undefined && missing !== 0) || missing < 0 || text.split('::').length > 2) return undefined;
  const all = [...left, ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...right];
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
