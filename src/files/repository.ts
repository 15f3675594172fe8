import { join } from 'node:path';
import type { LocationSpec } from '../core/spec/spec.ts';
import type { MoverConfig } from '../core/volumes/mover-protocol.ts';
import { resolveSecret } from '../host/secret-source.ts';
import { repositoryFolder } from '../locations/provider.ts';
import { repositoryConnection, repositoryPassword } from '../movers/kopia/connection.ts';
import { podRoute } from '../movers/kopia/pod-route.ts';
import type { Location } from '../ports/location.ts';

/** How this machine gets into the volume repository of a Location, by which way, and with which password. */
export async function repositoryOf(
  spec: LocationSpec,
  location: Location
): Promise<Pick<MoverConfig, 'repository' | 'password' | 'proxy' | 'ca'>> {
  const password = await passwordOf(spec, location);
  if (spec.provider === 'filesystem') {
    return { repository: { provider: 'filesystem', path: join(spec.path, spec.prefix, repositoryFolder) }, password };
  }
  const repository = await repositoryConnection({ location: spec, resolveSecret, ...(await defaultKeys(spec)) });
  const { podProxy: _, ...own } = spec;
  return { repository, password, ...podRoute(own) };
}

/** Of an encrypted Location the password follows from the key, which reading never makes. */
async function passwordOf(spec: LocationSpec, location: Location): Promise<string> {
  if (location.seal !== undefined) return (await location.seal.forReading()).volumePassword;
  return repositoryPassword(spec, resolveSecret);
}

/** The SDK is loaded only where it is asked. */
async function defaultKeys(spec: LocationSpec) {
  if (spec.provider !== 's3') return {};
  return { defaultS3Credentials: (await import('../locations/s3/default-credentials.ts')).defaultS3Credentials };
}
