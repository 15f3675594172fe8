import type { LocationSpec } from '../core/spec/spec.ts';
import type { Remote } from '../ports/remote.ts';
import { providerOf } from './registry.ts';

/** Who answers for a Location, as messages name it: the host that is asked, or the directory. */
export function remoteOf(spec: LocationSpec): Remote {
  return { kind: 'Location', name: spec.name, address: providerOf(spec).address(spec) };
}
