import { getFips, hash } from 'node:crypto';
import { CRC32C } from '@google-cloud/storage';

/**
 * The checksum of an object to be written, in the words of its resource: the store refuses content that does not fit. MD5
 * costs a seventh of the SDK's CRC32C; a Node that may use approved algorithms only (FIPS 140) has no MD5.
 */
export function declaredChecksum(bytes: Uint8Array): Readonly<Record<string, string>> {
  return getFips() === 0 ? { md5Hash: md5(bytes) } : { crc32c: crc32c(bytes) };
}

/**
 * True unless the store says another checksum of its content than what came has (x-goog-hash). Objects that were composed of
 * others have no MD5.
 */
export function fitsChecksum(bytes: Uint8Array, header: string | undefined): boolean {
  const said = new Map(
    (header ?? '').split(',').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
    })
  );
  const saidMd5 = said.get('md5');
  if (saidMd5 !== undefined && getFips() === 0) return saidMd5 === md5(bytes);
  const saidCrc32c = said.get('crc32c');
  return saidCrc32c === undefined || saidCrc32c === crc32c(bytes);
}

function md5(bytes: Uint8Array): string {
  return hash('md5', bytes, 'base64');
}

function crc32c(bytes: Uint8Array): string {
  const checksum = new CRC32C();
  checksum.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return checksum.toString();
}
