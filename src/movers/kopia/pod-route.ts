import type { LocationSpec } from '../../core/spec/spec.ts';
import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { proxyFor } from '../../host/proxy.ts';
import { providerOf } from '../../locations/registry.ts';
import { readCertificates } from '../../locations/route.ts';

/**
 * How a pod reaches the store: through `podProxy` of the Location, or through the proxy this process uses for it, and with the
 * certificates it trusts. Part of the config, which is a Secret: a proxy may want a password.
 */
export function podRoute(location: LocationSpec): Pick<MoverConfig, 'proxy' | 'ca'> {
  const { pods } = providerOf(location);
  if (pods === undefined) return {};
  const { name, caFile, podProxy } = routeOf(location);
  const proxy = podProxy === undefined ? proxyFor(pods.url(location)).proxy?.href : podProxy;
  return {
    ...(proxy === undefined || proxy === 'none' ? {} : { proxy }),
    ...(caFile === undefined ? {} : { ca: readCertificates(name, caFile) }),
  };
}

/** What a Location says of the way to it; a directory says nothing. */
function routeOf(location: LocationSpec): {
  readonly name: string;
  readonly caFile?: string;
  readonly podProxy?: string;
} {
  return location;
}
