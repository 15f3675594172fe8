import type { LocationSpec } from '../core/spec/spec.ts';
import type { Location } from '../ports/location.ts';
import { openFilesystemLocation } from './filesystem/index.ts';
import { openS3Location } from './s3/index.ts';

/** What opens a location of one provider, undecorated. */
export type LocationFactory<P extends LocationSpec['provider']> = (
  spec: Extract<LocationSpec, { readonly provider: P }>
) => Promise<Location>;

/** Every provider a Location may name: a folder here, a row here, a member of `LocationSpec`. */
export const locationProviders: { readonly [P in LocationSpec['provider']]: LocationFactory<P> } = {
  s3: openS3Location,
  // On first use: its SDK takes 45 MB, which most workers never need.
  azure: async (spec) => (await import('./azure/index.ts')).openAzureLocation(spec),
  filesystem: openFilesystemLocation,
};

/** Opens the provider of a spec without any decorator. */
export function openProvider(spec: LocationSpec): Promise<Location> {
  switch (spec.provider) {
    case 's3':
      return locationProviders.s3(spec);
    case 'azure':
      return locationProviders.azure(spec);
    case 'filesystem':
      return locationProviders.filesystem(spec);
  }
}
