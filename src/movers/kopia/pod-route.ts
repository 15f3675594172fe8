import type { LocationSpec } from '../../core/spec/spec.ts';
import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { proxyFor } from '../../host/proxy.ts';
import { readCertificates } from '../../locations/route.ts';
import { s3Url } from '../../locations/s3/s3-url.ts';

/**
 * How a pod reaches the store: through `podProxy` of the Location, or through the proxy this process uses for it, and with the
 * certificates it trusts. Part of the config, which is a Secret: a proxy may want a password.
 */
export function podRoute(location: LocationSpec): Pick<MoverConfig, 'proxy' | 'ca'> {
  if (location.provider === 'filesystem') return {};
  const { name, caFile, podProxy } = location;
  const proxy = podProxy === undefined ? proxyFor(urlOf(location)).proxy?.href : podProxy;
  return {
    ...(proxy === undefined || proxy === 'none' ? {} : { proxy }),
    ...(caFile === undefined ? {} : { ca: readCertificates(name, caFile) }),
  };
}

function urlOf(location: Exclude<LocationSpec, { readonly provider: 'filesystem' }>): URL {
  if (location.provider === 's3') return s3Url(location);
  return new URL(location.endpoint ?? `https://${location.account}.blob.core.windows.net`);
}
