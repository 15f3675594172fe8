import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request to S3, and with whose keys it is to be signed. */
export interface ToSign {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Signs a request of a session with keys that are none, for a store that knows no sessions (Signature Version 4 of S3). */
export function resigned({ method, path, headers, keys }: ToSign): IncomingHttpHeaders {
  const { 'x-amz-security-token': _, authorization = '', ...kept } = headers;
  const scope = /Credential=[^/]+\/([^,]+),/u.exec(authorization)?.[1] ?? '';
  const names = Object.keys(kept)
    .filter((name) => name === 'host' || name.startsWith('x-amz-'))
    .toSorted();
  const url = new URL(path, 'http://store');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&');
  const canonical = [
    ...[method, url.pathname, query],
    ...names.map((name) => `${name}:${String(kept[name]).trim()}`),
    ...['', names.join(';'), String(kept['x-amz-content-sha256'])],
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', kept['x-amz-date'], scope, digest].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>(
      (above, part) => createHmac('sha256', above).update(part).digest(),
      `AWS4${keys.secretAccessKey}`
    );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const credential = `Credential=${keys.accessKeyId}/${scope}`;
  return {
    ...kept,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
