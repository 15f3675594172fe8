import { LandfallError } from '../core/errors.ts';
import type { Failure, RequestSubject } from './classify.ts';
import { IncompleteJson } from './json-scan.ts';

/** OpenSSL's and Node's names for "this certificate proves nothing to me". */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** No connection came about, so nothing was sent. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The answer began, or a connection ended while it was waited for. */
const brokenOff = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_ABORTED',
]);

/** Gives a failure below HTTP (name, network, TLS, a broken answer) its code. */
export function classifyConnectionFailure(cause: unknown, request: RequestSubject): Failure {
  if (cause instanceof LandfallError) return { error: cause, kind: 'never', mayHaveHappened: false };
  const { clusterName, action, subject } = request;
  const fail = (
    code: 'CLUSTER_TLS_UNTRUSTED' | 'CLUSTER_UNREACHABLE' | 'CLUSTER_SERVER_ERROR' | 'KUBECONFIG_INVALID' | 'INTERNAL',
    what: string
  ): LandfallError =>
    new LandfallError(code, { what, why: routed(describe(cause), code, request.route), ref: subject, cause });

  if (cause instanceof IncompleteJson) {
    const error = fail(
      'CLUSTER_SERVER_ERROR',
      `cluster ${clusterName} sent an incomplete response to ${action} ${subject}`
    );
    return { error, kind: 'transient', mayHaveHappened: true };
  }
  const code = codeOf(cause);
  if (untrusted.has(code)) {
    const error = fail('CLUSTER_TLS_UNTRUSTED', `the certificate of cluster ${clusterName} is not trusted (${code})`);
    return { error, kind: 'never', mayHaveHappened: false };
  }
  if (neverConnected.has(code)) {
    const error = fail(
      'CLUSTER_UNREACHABLE',
      `cluster ${clusterName} cannot be reached to ${action} ${subject} (${code})`
    );
    return { error, kind: 'transient', mayHaveHappened: false };
  }
  if (brokenOff.has(code)) {
    const error = fail(
      'CLUSTER_SERVER_ERROR',
      `cluster ${clusterName} closed the connection on a request to ${action} ${subject} (${code})`
    );
    return { error, kind: 'transient', mayHaveHappened: true };
  }
  if (code === 'ETIMEDOUT' || code === 'UND_ERR_HEADERS_TIMEOUT') {
    const error = fail(
      'CLUSTER_UNREACHABLE',
      `cluster ${clusterName} does not respond to a request to ${action} ${subject} (${code})`
    );
    return { error, kind: 'transient', mayHaveHappened: true };
  }
  if (code.startsWith('ERR_OSSL') || code === 'ERR_CRYPTO_INVALID_KEYTYPE') {
    const error = fail(
      'KUBECONFIG_INVALID',
      `the client certificate or key for cluster ${clusterName} cannot be used (${code})`
    );
    return { error, kind: 'never', mayHaveHappened: false };
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) {
    const error = fail('CLUSTER_UNREACHABLE', `no TLS connection to cluster ${clusterName} (${code})`);
    return { error, kind: 'never', mayHaveHappened: false };
  }
  const error = fail('INTERNAL', `cannot ${action} ${subject} on cluster ${clusterName}`);
  return { error, kind: 'never', mayHaveHappened: true };
}

/** The innermost error code: undici wraps, and Node collects one error an address in an AggregateError. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const inner = error.cause ?? (error instanceof AggregateError ? (error.errors[0] as unknown) : undefined);
  const innerCode = inner === undefined ? '' : codeOf(inner);
  if (innerCode !== '') return innerCode;
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Half of what does not answer is a proxy that is not used, or one that is. */
function routed(why: string, code: string, route = ''): string {
  return route === '' || code !== 'CLUSTER_UNREACHABLE' ? why : `${why}; asked ${route}`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error) || error.message === '') return codeOf(error);
  // Node's advice about its own flags is of no use to whoever runs this program.
  return error.message.replace(/; if the root CA is installed locally.*$/, '');
}
