import type { ListedEntry, TreeEntry } from './tree-entry.ts';

/** What of the target's file the sparse rule looks at. */
export interface TargetContent {
  /** Bytes in 4 KiB blocks that hold something else than zeros; undefined when nobody counted. */
  readonly nonZeroBytes: number | undefined;
}

/** Holes smaller than this are noise: file systems differ in block size, metadata and preallocation. */
const sparseSlackBytes = 1024 * 1024;

const compared = ['type', 'mode', 'uid', 'gid', 'mtime', 'sizeBytes', 'sha256', 'target', 'linkOf'] as const;

/**
 * Names the fields in which an entry of the target differs from the source's; empty when they are equal. `sparse` is
 * named when a file that had holes on the source occupies more on the target than its content needs.
 */
export function differentFields(source: ListedEntry, target: ListedEntry, content: TargetContent): string[] {
  const fields: string[] = compared.filter((field) => source.entry[field] !== target.entry[field]);
  if (!sameXattrs(source.entry, target.entry)) fields.push('xattrs');
  if (lostHoles(source, target, content)) fields.push('sparse');
  return fields.map((field) => (field === 'sizeBytes' ? 'size' : field));
}

function sameXattrs(source: TreeEntry, target: TreeEntry): boolean {
  const left = Object.entries(source.xattrs ?? {});
  const right = target.xattrs ?? {};
  return left.length === Object.keys(right).length && left.every(([name, value]) => right[name] === value);
}

/**
 * Only content decides, so that a compressing file system on the source raises no alarm: there the target occupies
 * exactly what its non-zero blocks need.
 */
function lostHoles(source: ListedEntry, target: ListedEntry, content: TargetContent): boolean {
  const sizeBytes = source.entry.sizeBytes ?? 0;
  if (content.nonZeroBytes === undefined || source.allocatedBytes + sparseSlackBytes > sizeBytes) return false;
  const needed = Math.max(source.allocatedBytes, content.nonZeroBytes);
  return target.allocatedBytes > needed + sparseSlackBytes;
}
