import type { LocationSpec } from '../core/spec/spec.ts';
import type { Remote } from '../ports/remote.ts';
import { azureUrl } from './azure/azure-url.ts';
import { s3Url } from './s3/s3-url.ts';

/** Who answers for a Location, as messages name it: the host that is asked, or the directory. */
export function remoteOf(spec: LocationSpec): Remote {
  return { kind: 'Location', name: spec.name, address: addressOf(spec) };
}

function addressOf(spec: LocationSpec): string {
  switch (spec.provider) {
    case 's3':
      return s3Url(spec).host;
    case 'azure':
      return new URL(azureUrl(spec)).host;
    case 'filesystem':
      return spec.path;
  }
}
