import { createHash } from 'node:crypto';
import { readlinkSync, type BigIntStats } from 'node:fs';
import {
  formatEntry,
  formatTime,
  treeFormat,
  type ListedEntry,
  type TreeEntry,
} from '../../core/volumes/tree-entry.ts';
import { escapePath } from '../../core/volumes/tree-path.ts';
import { hashFile, type HashedFile } from './hash-file.ts';
import { orderedMap } from './ordered-map.ts';
import { systemPath, walkTree, type Found } from './walk.ts';
import { openXattrs } from './xattrs.ts';

/** An entry of the tree with what is known of its content beyond the entry. */
export interface HashedEntry extends ListedEntry {
  /** 0 for a file whose content was known. */
  readonly nonZeroBytes: number;
  /** kopia cannot distinguish its name from another one's. */
  readonly collided: boolean;
}

export interface Excluded {
  readonly path: string;
  readonly reason: string;
}

export interface HashTreeOptions {
  readonly volumePath: string;
  /** From `collectXattrs` of the same volume. */
  readonly xattrsPath: string;
  readonly parallel: number;
  /** Content hashes that need not be computed again; asked for in walk order. */
  readonly known?: KnownContent;
  readonly onBytes: (bytes: number) => void;
  readonly onExcluded: (excluded: Excluded) => void;
}

/** Reports the hash of a file whose content is known; undefined = it has to be read. */
export interface KnownContent {
  of(path: string, stats: BigIntStats): Promise<string | undefined>;
}

/** Makes the hash over a listing, fed entry by entry in walk order: docs/formats-volumes.md. */
export function createTreeHash(): { add(entry: TreeEntry): void; digest(): string } {
  const hash = createHash('sha256').update(`${treeFormat}\n`);
  return {
    add: (entry) => void hash.update(`${formatEntry(entry)}\n`),
    digest: () => hash.digest('hex'),
  };
}

/**
 * Walks and hashes a volume, entries in walk order, several files read at a time. Sockets and device nodes are reported as
 * excluded and give no entry.
 */
export async function* hashTree(options: HashTreeOptions): AsyncGenerator<HashedEntry> {
  const xattrs = openXattrs(options.xattrsPath);
  const links = createLinkGroups();
  async function* described(): AsyncGenerator<Work> {
    for (const found of walkTree(options.volumePath)) {
      const reason = reasonToExclude(found.stats);
      if (reason !== undefined) {
        options.onExcluded({ path: escapePath(found.path), reason });
        continue;
      }
      const known = found.stats.isFile() ? await options.known?.of(found.path, found.stats) : undefined;
      yield { found, link: links.add(found), xattrs: await xattrs.of(found.path), known };
    }
  }
  yield* orderedMap(described(), options.parallel, (work) => describe(work, options));
}

interface Work {
  readonly found: Found;
  readonly link: LinkGroup | undefined;
  readonly xattrs: Readonly<Record<string, string>> | undefined;
  readonly known: string | undefined;
}

async function describe({ found, link, xattrs, known }: Work, options: HashTreeOptions): Promise<HashedEntry> {
  const { path, stats } = found;
  const location = systemPath(options.volumePath, path);
  const type = typeOf(stats);
  let content: Pick<HashedFile, 'sha256'> & Partial<HashedFile> = { sha256: known ?? '' };
  if (type === 'file' && known === undefined) {
    content = await (link === undefined
      ? hashFile(location, Number(stats.size), options.onBytes)
      : (link.content ??= hashFile(location, Number(stats.size), options.onBytes)));
  }
  const entry: TreeEntry = {
    path,
    type,
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtime: formatTime(stats.mtimeNs),
    ...(type === 'file' ? { sizeBytes: Number(stats.size), sha256: content.sha256 } : {}),
    ...(type === 'link' ? { target: readlinkSync(location, 'latin1') } : {}),
    ...(link === undefined || link.first === path ? {} : { linkOf: link.first }),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
  return {
    entry,
    allocatedBytes: Number(stats.blocks) * 512,
    nonZeroBytes: content.nonZeroBytes ?? 0,
    collided: found.collided,
  };
}

interface LinkGroup {
  readonly first: string;
  seen: number;
  /** Read once, whatever the number of names. */
  content: Promise<HashedFile> | undefined;
}

/** Remembers files with several names until the last name has come by, so memory holds open groups only. */
function createLinkGroups(): { add(found: Found): LinkGroup | undefined } {
  const groups = new Map<string, LinkGroup>();
  return {
    add({ path, stats }) {
      if (!stats.isFile() || stats.nlink < 2n) return undefined;
      const key = `${stats.dev}:${stats.ino}`;
      const group = groups.get(key) ?? { first: path, seen: 0, content: undefined };
      group.seen++;
      if (BigInt(group.seen) >= stats.nlink) groups.delete(key);
      else groups.set(key, group);
      return group;
    },
  };
}

function typeOf(stats: BigIntStats): TreeEntry['type'] {
  if (stats.isDirectory()) return 'dir';
  if (stats.isSymbolicLink()) return 'link';
  return stats.isFIFO() ? 'fifo' : 'file';
}

function reasonToExclude(stats: BigIntStats): string | undefined {
  if (stats.isSocket()) return 'socket: belongs to a running process';
  if (stats.isCharacterDevice()) return 'character device';
  return stats.isBlockDevice() ? 'block device' : undefined;
}
