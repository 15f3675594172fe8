import { randomUUID } from 'node:crypto';
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { GcsAccess } from './access.ts';
import { gcsFailure } from './gcs-error.ts';

/** One request of the JSON API. */
export interface GcsRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the address of the API, encoded: `/storage/v1/b/…`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body?: { readonly contentType: string; readonly bytes: Uint8Array };
  readonly signal?: AbortSignal | undefined;
}

export interface GcsAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Between two packets, not for the whole answer: that is `withRetry`'s, which knows the size. */
const idleTimeoutMs = 30_000;

/**
 * Sends one request, once. The SDK sends requests through agents of its own: it takes no certificates for one store, reads
 * NO_PROXY by rules of its own and cannot be broken off, so only the credentials and checksums are its work. Throws GcsFailure for an
 * answer that is an error, and whatever Node says where there is none.
 */
export async function askGcs(access: GcsAccess, request: GcsRequest): Promise<GcsAnswer> {
  const { method, body, signal } = request;
  const url = urlOf(access.url, request);
  const headers = {
    ...(await access.headers(url)),
    // Content that is compressed on the way would not fit its checksum.
    'accept-encoding': 'identity',
    ...(body === undefined ? {} : { 'content-type': body.contentType }),
    // Node sends a DELETE without a body chunked where no length is said.
    ...(method === 'GET' ? {} : { 'content-length': String(body?.bytes.byteLength ?? 0) }),
  };
  const agent = access.agentFor(url);
  const options = { method, headers, agent, timeout: idleTimeoutMs, ...(signal === undefined ? {} : { signal }) };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = (url.protocol === 'http:' ? requestHttp : requestHttps)(url, options, resolve);
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(silence()));
    sent.end(body?.bytes);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const { statusCode = 0 } = answer;
  if (statusCode < 200 || statusCode > 299) throw gcsFailure(statusCode, answer.headers, bytes);
  return { headers: answer.headers, bytes };
}

function urlOf(base: URL, { path, query }: GcsRequest): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/u, '')}${path}`;
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]
  );
  // Not by URLSearchParams, which writes a space as `+`: a plus sign to whoever does not read forms.
  url.search = parameters.join('&');
  return url;
}

function silence(): Error {
  return Object.assign(new Error('no response in time'), { name: 'TimeoutError' });
}

/** The content of an object with what the store is to check it by, as one request takes both (multipart/related, RFC 2387). */
export function uploadBody(
  resource: Readonly<Record<string, string>>,
  content: Uint8Array
): { readonly contentType: string; readonly bytes: Buffer } {
  const boundary = randomUUID();
  const head = [
    `--${boundary}`,
    'Content-Type: application/json; charset=UTF-8',
    '',
    JSON.stringify(resource),
    `--${boundary}`,
    'Content-Type: application/octet-stream',
    '',
    '',
  ];
  const bytes = Buffer.concat([
    Buffer.from(head.join('\r\n')),
    Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { contentType: `multipart/related; boundary=${boundary}`, bytes };
}
