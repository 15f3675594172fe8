import { formatBytes, formatCount, plural } from '../../core/run/format.ts';
import type { TreeEntry } from '../../core/volumes/tree-entry.ts';
import { escapePath } from '../../core/volumes/tree-path.ts';
import type { ListedFiles } from '../../files/list.ts';
import type { FolderRow } from '../../files/select.ts';
import { clean } from './width.ts';

const typeLetters = { dir: 'd', file: '-', link: 'l', fifo: 'p' } as const;
/** Digits of a hash in a line; JSON has all. */
const hashShown = 12;

/** The lines of `landfall files ls`, each as soon as it is known; `more` says how to see what follows. */
export async function* fileLines(listed: ListedFiles, more: (after: string) => string): AsyncGenerator<string> {
  const { volume, pointId, entry, rows } = listed;
  yield `${volume.claim} as of ${volume.dataAsOf}, in recovery point ${pointId}: ${escapePath(entry.path)}\n`;
  yield `${line(['MODE', 'OWNER', 'SIZE', 'MODIFIED', 'SHA-256'], 'PATH')}\n`;
  let count = 0;
  for await (const row of rows) {
    count++;
    yield `${clean(rowLine(row))}\n`;
  }
  if (count === 0) yield 'nothing: the folder is empty\n';
  const next = listed.next();
  if (next !== undefined) yield `${plural(count, 'line')} shown; more: ${more(escapePath(next))}\n`;
}

function rowLine({ entry, below }: FolderRow): string {
  const size =
    below === undefined
      ? entry.sizeBytes === undefined
        ? '-'
        : formatBytes(entry.sizeBytes)
      : formatBytes(below.sizeBytes);
  const path = `${escapePath(entry.path)}${entry.type === 'dir' ? '/' : ''}`;
  const target = entry.target === undefined ? '' : ` -> ${escapePath(entry.target)}`;
  const inside = below === undefined ? '' : ` (${plural(below.files, 'file')})`;
  const hash = entry.sha256?.slice(0, hashShown) ?? '-';
  const mode = `${typeLetters[entry.type]}${entry.mode.toString(8).padStart(4, '0')}`;
  return line([mode, `${entry.uid}:${entry.gid}`, size, timeText(entry.mtime), hash], `${path}${target}${inside}`);
}

function line([mode = '', owner = '', size = '', modified = '', hash = '']: readonly string[], path: string): string {
  return `${mode.padEnd(5)}  ${owner.padEnd(11)}  ${size.padStart(9)}  ${modified.padEnd(20)}  ${hash.padEnd(hashShown)}  ${path}`;
}

/** The same as one JSON object, whose entries come as they are read. */
export async function* fileJson(listed: ListedFiles): AsyncGenerator<string> {
  const { volume, pointId, entry, rows } = listed;
  const { claim, dataAsOf, files, bytes } = volume;
  const about = { point: pointId, claim, dataAsOf, files, bytes, path: escapePath(entry.path) };
  yield `${JSON.stringify(about).slice(0, -1)},"entries":[`;
  let separator = '\n';
  for await (const row of rows) {
    yield `${separator}${JSON.stringify(rowJson(row))}`;
    separator = ',\n';
  }
  const next = listed.next();
  yield `\n]${next === undefined ? '' : `,"next":${JSON.stringify(escapePath(next))}`}}\n`;
}

function rowJson({ entry, below }: FolderRow): object {
  const { path, type, mode, uid, gid, mtime, sizeBytes, sha256, target, linkOf } = entry;
  return {
    ...{ path: escapePath(path), type, mode: mode.toString(8).padStart(4, '0'), uid, gid, mtime },
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(target === undefined ? {} : { target: escapePath(target) }),
    ...(linkOf === undefined ? {} : { linkOf: escapePath(linkOf) }),
    ...(below === undefined ? {} : { below }),
  };
}

/** What was got, in a line. */
export function gotLine(got: {
  readonly target: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly sha256?: string;
}): string {
  const what = got.sha256 === undefined ? `${formatCount(got.files)} files, ` : '';
  const hash = got.sha256 === undefined ? 'every hash is right' : `sha256 ${got.sha256}`;
  return clean(`wrote ${got.target}: ${what}${formatBytes(got.sizeBytes)}, ${hash}`);
}

/** A time that no calendar has stays a number. */
function timeText(mtime: TreeEntry['mtime']): string {
  const time = new Date(Number(mtime.split('.')[0]) * 1000);
  return Number.isNaN(time.getTime()) ? mtime : `${time.toISOString().slice(0, 19)}Z`;
}
