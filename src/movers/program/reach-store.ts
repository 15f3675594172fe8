import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { rootCertificates } from 'node:tls';
import { LandfallError } from '../../core/errors.ts';
import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { networkReason } from '../../locations/network-error.ts';

const timeoutMs = 15_000;

/**
 * Asks an address once, as kopia will: through the proxy and with the authorities of the config. Any answer will do, a refusal
 * too. Throws LOCATION_UNREACHABLE.
 */
export async function reachStore(
  address: string,
  { proxy, ca }: Pick<MoverConfig, 'proxy' | 'ca'>,
  limitMs = timeoutMs
): Promise<void> {
  const url = new URL(address);
  const isTls = url.protocol === 'https:';
  const proxyEnv = proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy };
  const authorities = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const agent = isTls ? new HttpsAgent({ proxyEnv, ...authorities }) : new HttpAgent({ proxyEnv });
  const signal = AbortSignal.timeout(limitMs);
  try {
    await new Promise<void>((resolve, reject) => {
      const sent = (isTls ? requestHttps : requestHttp)(url, { method: 'HEAD', agent, signal }, (answer) => {
        answer.resume();
        resolve();
      });
      // An aborted request says so in words of its own.
      sent.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
      sent.end();
    });
  } catch (cause) {
    const why = networkReason(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new LandfallError('LOCATION_UNREACHABLE', {
      what: `the object store cannot be reached from the pod at ${url.host}`,
      why,
      cause,
    });
  } finally {
    agent.destroy();
  }
}
