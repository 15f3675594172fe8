import type { LocationSpec } from '../core/spec/spec.ts';
import type { Location } from '../ports/location.ts';
import { azureProvider } from './azure/descriptor.ts';
import { filesystemProvider } from './filesystem/descriptor.ts';
import { gcsProvider } from './gcs/descriptor.ts';
import type { LocationProvider } from './provider.ts';
import { s3Provider } from './s3/descriptor.ts';

/** Every provider a Location may name; one that is missing, or lacks a member, does not compile. */
export const locationProviders: {
  readonly [P in LocationSpec['provider']]: LocationProvider<Extract<LocationSpec, { readonly provider: P }>>;
} = { s3: s3Provider, azure: azureProvider, gcs: gcsProvider, filesystem: filesystemProvider };

/** The provider of a Location. */
export function providerOf({ provider }: Pick<LocationSpec, 'provider'>): LocationProvider {
  return locationProviders[provider];
}

/** Opens the object store of a spec without any decorator. */
export function openProvider(spec: LocationSpec): Promise<Location> {
  return providerOf(spec).open(spec);
}
