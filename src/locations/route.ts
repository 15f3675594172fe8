import { lookup as lookUp } from 'node:dns';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { LandfallError } from '../core/errors.ts';
import { proxyFor } from '../host/proxy.ts';

/** How a store is reached from here. */
export interface Route {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  /** For messages about a store that does not answer; '' when no proxy is set. */
  readonly text: string;
  close(): void;
}

const socketsMax = 64;

/**
 * Opens the connections to a store: through the proxy of the environment, trusting the certificates of `caFile` besides those of
 * Node. Throws LOCATION_CREDENTIALS when that file cannot be read.
 */
export function openRoute(location: string, url: URL, caFile: string | undefined): Route {
  const { proxy, text } = proxyFor(url);
  const ca = caFile === undefined ? {} : { ca: [...rootCertificates, readCertificates(location, caFile)] };
  // Whether a proxy is used was decided with the host at hand; the agent must not decide again.
  const proxyEnv = proxy === undefined ? {} : { http_proxy: proxy.href, https_proxy: proxy.href };
  const common = { keepAlive: true, maxSockets: socketsMax, proxyEnv, lookup };
  const httpAgent = new HttpAgent(common);
  const httpsAgent = new HttpsAgent({ ...common, ...ca });
  return {
    httpAgent,
    httpsAgent,
    text,
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** The SDK of Azure looks `[fd00::1]` up as a name. */
const lookup: LookupFunction = (host, options, callback) => {
  const address = /^\[(.+)\]$/u.exec(host)?.[1] ?? host;
  const family = isIP(address);
  if (family === 0) lookUp(host, options, callback);
  else if (options.all === true) callback(null, [{ address, family }]);
  else callback(null, address, family);
};

/** The certificates of authorities that a Location trusts besides the public ones. */
export function readCertificates(location: string, caFile: string): string {
  try {
    const text = readFileSync(caFile, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw unreadable(location, caFile, cause);
  }
  throw unreadable(location, caFile, new Error('it contains no PEM certificate'));
}

function unreadable(location: string, caFile: string, cause: unknown): LandfallError {
  return new LandfallError('LOCATION_CREDENTIALS', {
    what: `the certificates of Location ${location} cannot be read from ${caFile}`,
    ...(cause instanceof Error ? { why: cause.message } : {}),
    fix: 'correct caFile of the Location: a file with CA certificates in PEM format',
    ref: caFile,
  });
}
