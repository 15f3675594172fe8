import type { TreeEntry } from '../core/volumes/tree-entry.ts';

const blockBytes = 512;
/** What the fields of ustar hold: octal digits. */
const sizeMax = 0o77777777777;
const idMax = 0o7777777;
const typeFlags = { file: '0', hardLink: '1', link: '2', dir: '5', fifo: '6' } as const;

/** What an entry of an archive is, beside what it was in the volume. */
export interface TarEntry extends TreeEntry {
  /** A byte string: the name in the archive. */
  readonly name: string;
  /** Files with several names: the name in the archive that has the content. */
  readonly hardLinkTo?: string;
}

/**
 * The header of an entry: POSIX.1-2001 (pax), so that long names, names in any bytes, nanoseconds, large files, large ids and
 * extended attributes are kept. Names are byte strings.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const { name, mtime, uid, gid, target = '', hardLinkTo, xattrs = {} } = entry;
  const sizeBytes = hasContent(entry) ? (entry.sizeBytes ?? 0) : 0;
  const path = entry.type === 'dir' ? `${name}/` : name;
  const linked = hardLinkTo ?? target;
  const seconds = Number(mtime.split('.')[0]);
  const records = [
    ...(isText(path) && isText(linked) ? [] : [record('hdrcharset', 'BINARY')]),
    ...(fits(path) ? [] : [record('path', path)]),
    ...(fits(linked) ? [] : [record('linkpath', linked)]),
    ...(/\.0+$/.test(mtime) && seconds >= 0 && seconds <= sizeMax ? [] : [record('mtime', plainTime(mtime))]),
    ...(sizeBytes > sizeMax ? [record('size', `${sizeBytes}`)] : []),
    ...(uid > idMax ? [record('uid', `${uid}`)] : []),
    ...(gid > idMax ? [record('gid', `${gid}`)] : []),
    ...Object.entries(xattrs).map(([key, value]) =>
      record(`SCHILY.xattr.${latin1(key)}`, Buffer.from(value, 'base64').toString('latin1'))
    ),
  ].join('');
  const own = block({
    ...{ path, linked, sizeBytes, mode: entry.mode, uid, gid, seconds },
    flag: hardLinkTo === undefined ? typeFlags[entry.type] : typeFlags.hardLink,
  });
  if (records === '') return own;
  const extended = {
    path: 'PaxHeaders/entry',
    linked: '',
    sizeBytes: records.length,
    mode: 0o644,
    uid: 0,
    gid: 0,
    seconds: 0,
  };
  return Buffer.concat([block({ ...extended, flag: 'x' }), padded(Buffer.from(records, 'latin1')), own]);
}

/** Whether bytes follow the header. */
export function hasContent({ type, hardLinkTo }: TarEntry): boolean {
  return type === 'file' && hardLinkTo === undefined;
}

/** What follows content, so that the next header begins at a block. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

/** What an archive ends with: without it, it is not whole. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

interface Header {
  readonly path: string;
  readonly linked: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly seconds: number;
  readonly flag: string;
}

function block({ path, linked, sizeBytes, mode, uid, gid, seconds, flag }: Header): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(path.slice(0, 100), 0, 'latin1');
  header.write(octal(mode, 8), 100, 'latin1');
  header.write(octal(uid > idMax ? 0 : uid, 8), 108, 'latin1');
  header.write(octal(gid > idMax ? 0 : gid, 8), 116, 'latin1');
  header.write(octal(sizeBytes > sizeMax ? 0 : sizeBytes, 12), 124, 'latin1');
  header.write(octal(Math.min(Math.max(seconds, 0), sizeMax), 12), 136, 'latin1');
  header.write(`${' '.repeat(8)}${flag}${linked.slice(0, 100)}`, 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
  return header;
}

/** `LENGTH KEY=VALUE\n`, whose length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return `${length}${rest}`;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\x00`;
}

/** Names of ustar are ASCII, at most a hundred of them. */
function fits(name: string): boolean {
  return name.length <= 100 && /^[\x20-\x7e]*$/.test(name);
}

/** Names of pax are UTF-8 unless it is said that they are not. */
function isText(name: string): boolean {
  return Buffer.from(Buffer.from(name, 'latin1').toString('utf8'), 'utf8').toString('latin1') === name;
}

/** A listing rounds seconds down; pax has a sign before the whole. */
function plainTime(mtime: string): string {
  const [seconds = '0', fraction = '0'] = mtime.split('.');
  if (!seconds.startsWith('-') || /^0+$/.test(fraction)) return mtime;
  const whole = BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
  const size = -whole;
  return `-${size / 1_000_000_000n}.${(size % 1_000_000_000n).toString().padStart(9, '0')}`;
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, tarPadding(bytes.length)]);
}
