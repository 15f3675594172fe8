import { escapePath, unescapePath } from './tree-path.ts';

/** First line of a tree listing and first line under the tree's hash. */
export const treeFormat = 'landfall-tree/1';

/** One file, directory, symlink or FIFO of a volume, as it is compared between source and target. */
export interface TreeEntry {
  /** Byte string, see tree-path.ts. */
  readonly path: string;
  readonly type: 'dir' | 'file' | 'link' | 'fifo';
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** `seconds.nanoseconds`, seconds rounded down, nine digits. */
  readonly mtime: string;
  /** Files. */
  readonly sizeBytes?: number;
  /** Files: of the content. */
  readonly sha256?: string;
  /** Symlinks: where it points to, a byte string. */
  readonly target?: string;
  /** Files with several names: the path of the first of them in walk order, on all others. */
  readonly linkOf?: string;
  /** Extended attributes by name, values in base64; absent when there are none. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** A listing's line: the entry, and how much the file occupies, which is compared by rule and not hashed. */
export interface ListedEntry {
  readonly entry: TreeEntry;
  readonly allocatedBytes: number;
}

/** Gives the canonical JSON of an entry: the bytes that the tree's hash covers, without the line break. */
export function formatEntry(entry: TreeEntry): string {
  const fields: Record<string, unknown> = {
    path: escapePath(entry.path),
    type: entry.type,
    mode: entry.mode.toString(8).padStart(4, '0'),
    uid: entry.uid,
    gid: entry.gid,
    mtime: entry.mtime,
  };
  if (entry.sizeBytes !== undefined) fields['size'] = entry.sizeBytes;
  if (entry.sha256 !== undefined) fields['sha256'] = entry.sha256;
  if (entry.target !== undefined) fields['target'] = escapePath(entry.target);
  if (entry.linkOf !== undefined) fields['linkOf'] = escapePath(entry.linkOf);
  if (entry.xattrs !== undefined) fields['xattrs'] = sortedRecord(entry.xattrs);
  return JSON.stringify(fields);
}

/** Gives a listing's line: allocated bytes, one space, the canonical JSON. */
export function formatListed(listed: ListedEntry): string {
  return `${listed.allocatedBytes} ${formatEntry(listed.entry)}`;
}

/** Reads a listing's line back; throws SyntaxError when it is not one. */
export function parseListed(line: string): ListedEntry {
  const space = line.indexOf(' ');
  const fields = JSON.parse(line.slice(space + 1)) as StoredEntry;
  return {
    allocatedBytes: Number(line.slice(0, space)),
    entry: {
      path: unescapePath(fields.path),
      type: fields.type,
      mode: Number.parseInt(fields.mode, 8),
      uid: fields.uid,
      gid: fields.gid,
      mtime: fields.mtime,
      ...(fields.size === undefined ? {} : { sizeBytes: fields.size }),
      ...(fields.sha256 === undefined ? {} : { sha256: fields.sha256 }),
      ...(fields.target === undefined ? {} : { target: unescapePath(fields.target) }),
      ...(fields.linkOf === undefined ? {} : { linkOf: unescapePath(fields.linkOf) }),
      ...(fields.xattrs === undefined ? {} : { xattrs: fields.xattrs }),
    },
  };
}

/** Gives `seconds.nanoseconds` of a time in nanoseconds since 1970; before 1970 the seconds are rounded down. */
export function formatTime(ns: bigint): string {
  const billion = 1_000_000_000n;
  const remaining = ((ns % billion) + billion) % billion;
  return `${(ns - remaining) / billion}.${remaining.toString().padStart(9, '0')}`;
}

/** Gives the nanoseconds since 1970 of a `seconds.nanoseconds`. */
export function parseTime(time: string): bigint {
  const [seconds = '0', remaining = '0'] = time.split('.');
  return BigInt(seconds) * 1_000_000_000n + BigInt(remaining);
}

interface StoredEntry {
  readonly path: string;
  readonly type: TreeEntry['type'];
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  readonly linkOf?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** Names sorted by UTF-16 code units; integer-like names cannot occur, an attribute's name holds a dot. */
function sortedRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}
