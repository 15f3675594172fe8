/**
 * Paths inside a volume. A file name is bytes, not text; inside Landfall a path is a *byte string*: a JavaScript string
 * in which every character is one byte (latin1), segments separated by '/', without leading './'. The root is '.'.
 * docs/formats-volumes.md fixes the escaped form.
 */

const plain = /^[\x20-\x5b\x5d-\x7e]*$/;
const controls = /[\x00-\x1f\x7f]/;

/**
 * Gives the escaped form of a byte string: text where the bytes are UTF-8 without control characters, `\xhh` for every
 * byte outside printable ASCII where they are not; a backslash is doubled. Total, injective, one form per path.
 */
export function escapePath(path: string): string {
  if (plain.test(path)) return path;
  const text = controls.test(path) ? undefined : decodeUtf8(path);
  if (text !== undefined) return text.replaceAll('\\', '\\\\');
  return path.replace(/[^\x20-\x5b\x5d-\x7e]/g, (byte) => (byte === '\\' ? '\\\\' : `\\x${hex(byte)}`));
}

/** Gives the byte string back; the inverse of `escapePath`. */
export function unescapePath(escaped: string): string {
  if (plain.test(escaped)) return escaped;
  return escaped.replace(/\\\\|\\x([0-9a-f]{2})|[^\x00-\x7f]+/g, (part, code: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return part === '\\\\' ? '\\' : encodeUtf8(part);
  });
}

/**
 * Orders paths as a walk meets them: a directory before its content, names by their bytes. Equal to comparing the
 * paths with '/' as the lowest byte, because a name holds neither '/' nor NUL.
 */
export function compareTreePaths(left: string, right: string): number {
  if (left === right) return 0;
  if (left === '.') return -1;
  if (right === '.') return 1;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Joins a directory's path and a name. */
export function joinTreePath(directory: string, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`;
}

function rank(code: number): number {
  return code === 0x2f ? 0 : code;
}

/** decodeURIComponent refuses overlong forms and surrogates, so every text it gives encodes back to the same bytes. */
function decodeUtf8(bytes: string): string | undefined {
  try {
    return decodeURIComponent(bytes.replace(/[^A-Za-z0-9]/g, (byte) => `%${hex(byte)}`));
  } catch {
    return undefined;
  }
}

function encodeUtf8(text: string): string {
  return encodeURIComponent(text).replace(/%([0-9A-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16))
  );
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16).padStart(2, '0');
}
