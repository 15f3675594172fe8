import type { z } from 'zod';
import type { LocationSpec } from '../../core/spec/spec.ts';
import type { ProviderForm } from './provider-form.ts';
import { azureForm } from './providers/azure.ts';
import { filesystemForm } from './providers/filesystem.ts';
import { gcsForm } from './providers/gcs.ts';
import { s3Form } from './providers/s3.ts';

type FormOf<P> = ProviderForm<z.ZodType, Extract<LocationSpec, { readonly provider: P }>>;

/** How a Location of each provider is written, in the order of the reference. One that is missing does not compile. */
export const providers = {
  s3: s3Form,
  azure: azureForm,
  gcs: gcsForm,
  filesystem: filesystemForm,
} as const satisfies { readonly [P in LocationSpec['provider']]: FormOf<P> };

/** The form of what is written, by its `provider`. */
export function formOf({ provider }: Pick<LocationSpec, 'provider'>): ProviderForm<z.ZodType, LocationSpec> {
  return providers[provider];
}
