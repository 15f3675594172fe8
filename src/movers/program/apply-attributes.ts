import { chmodSync, lchownSync, type BigIntStats } from 'node:fs';
import { LandfallError } from '../../core/errors.ts';
import { formatTime, parseTime, type ListedEntry, type TreeEntry } from '../../core/volumes/tree-entry.ts';
import { compareTreePaths } from '../../core/volumes/tree-path.ts';
import { feed, startCommand, type RunningCommand } from './run-command.ts';
import { systemPath, walkTree } from './walk.ts';

/**
 * Gives every path of the volume the owner, mode, extended attributes and modification time of the listing. kopia keeps
 * most of them; it loses attributes and ACLs, cuts symlinks to microseconds, times beyond 2262, and gives directories
 * the time of their newest content. Nothing here changes a directory's content, so times stay. Idempotent.
 */
export async function applyAttributes(volumePath: string, listing: AsyncIterable<ListedEntry>): Promise<void> {
  const listed = listing[Symbol.asyncIterator]();
  // Owners first: changing them clears setuid and file capabilities.
  const setfattr = startCommand('setfattr', ['-h', '--restore=-'], { cwd: volumePath });
  const touch = startCommand('xargs', ['-0', '-r', '-n', '2', 'sh', '-c', 'exec touch -c -h -m -d "$0" -- "$1"'], {
    cwd: volumePath,
  });
  let next = await listed.next();
  for (const { path, stats } of walkTree(volumePath)) {
    while (next.done !== true && compareTreePaths(next.value.entry.path, path) < 0) next = await listed.next();
    if (next.done === true || next.value.entry.path !== path) continue;
    const { entry } = next.value;
    applyOwnerAndMode(systemPath(volumePath, path), stats, entry);
    if (entry.xattrs !== undefined && entry.linkOf === undefined) await feed(setfattr, dump(entry));
    if (formatTime(stats.mtimeNs) !== entry.mtime) {
      await feed(
        touch,
        Buffer.concat([Buffer.from(`@${decimalSeconds(entry.mtime)}\0`), relative(path), Buffer.of(0)])
      );
    }
  }
  await finish(setfattr, 'setfattr');
  await finish(touch, 'touch');
}

function applyOwnerAndMode(location: Buffer, stats: BigIntStats, entry: TreeEntry): void {
  const sameOwner = Number(stats.uid) === entry.uid && Number(stats.gid) === entry.gid;
  if (!sameOwner) lchownSync(location, entry.uid, entry.gid);
  if (entry.type === 'link') return;
  if (!sameOwner || Number(stats.mode & 0o7777n) !== entry.mode) chmodSync(location, entry.mode);
}

async function finish(command: RunningCommand, name: string): Promise<void> {
  command.child.stdin?.end();
  const end = await command.ended;
  if (end.exitCode === 0) return;
  const full = /No space left|Disk quota exceeded/.test(end.stderr);
  throw new LandfallError(full ? 'VOLUME_FULL' : 'VOLUME_MOVER_FAILED', {
    what: `${name} cannot restore the attributes of the volume`,
    why: end.stderr.trim().split('\n').slice(-3).join('; '),
  });
}

/** A record of `getfattr --dump`; backslash and line breaks of the name are written in octal, other bytes as they are. */
function dump(entry: TreeEntry): Buffer {
  const lines = Object.entries(entry.xattrs ?? {}).map(([name, value]) => {
    const bytes = Buffer.from(value, 'base64');
    return Buffer.from(`${quote(Buffer.from(name).toString('latin1'), '=')}=0x${bytes.toString('hex')}\n`, 'latin1');
  });
  const file = Buffer.from(`# file: ${quote(relative(entry.path).toString('latin1'), '')}\n`, 'latin1');
  return Buffer.concat([file, ...lines, Buffer.from('\n')]);
}

function quote(text: string, also: string): string {
  return text.replace(/[\\\r\n=]/g, (character) => {
    if (character === '=' && also !== '=') return character;
    return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

function relative(path: string): Buffer {
  return Buffer.from(path === '.' ? '.' : `./${path}`, 'latin1');
}

/** touch reads a decimal number, so a time before 1970 is minus seconds and fraction, not rounded down. */
function decimalSeconds(time: string): string {
  const ns = parseTime(time);
  const size = ns < 0n ? -ns : ns;
  const fraction = (size % 1_000_000_000n).toString().padStart(9, '0');
  return `${ns < 0n ? '-' : ''}${size / 1_000_000_000n}.${fraction}`;
}
