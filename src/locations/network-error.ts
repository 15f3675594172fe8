const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EPIPE',
  'EPROTO',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

const tls = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/u;

/** Why a request got no answer, in words; undefined when the error is none of the network. */
export function networkReason(error: unknown): string | undefined {
  for (const current of chain(error)) {
    const code = 'code' in current && typeof current.code === 'string' ? current.code : '';
    if (tls.test(code)) return `the certificate of the server is not trusted (${code})`;
    if (unreachable.has(code)) return `no connection (${code})`;
    if (current.name === 'TimeoutError') return 'no response in time';
    if (/socket hang up|aborted|premature close|other side closed/iu.test(current.message))
      return 'the connection was lost';
  }
  return undefined;
}

/** An error, its causes and the members of AggregateErrors (happy eyeballs), at most 20. */
function chain(error: unknown): Error[] {
  const found: Error[] = [];
  const queue: unknown[] = [error];
  while (queue.length > 0 && found.length < 20) {
    const current = queue.shift();
    if (!(current instanceof Error)) continue;
    found.push(current);
    queue.push(current.cause, ...(current instanceof AggregateError ? current.errors : []));
  }
  return found;
}

/** Retry-After as milliseconds: seconds or an HTTP date; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined || header === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.min(seconds, 3_600) * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.min(date - nowMs, 3_600_000));
}
