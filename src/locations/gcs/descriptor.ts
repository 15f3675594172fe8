import type { GcsLocationSpec } from '../../core/spec/spec.ts';
import type { LocationProvider } from '../provider.ts';
import { gcsUrl } from './gcs-url.ts';
import { gcsStorage } from './kopia-storage.ts';
import { gcsPods } from './pods.ts';

/** Google Cloud Storage. Its SDK is loaded on first use. */
export const gcsProvider: LocationProvider<GcsLocationSpec> = {
  open: async (spec) => (await import('./index.ts')).openGcsLocation(spec),
  address: (spec) => gcsUrl(spec).host,
  access: ({ bucket, anonymous, credentials }) => ({
    identity: anonymous === true ? 'nobody' : (credentials?.file ?? 'application default credentials'),
    issuer: anonymous === true ? 'none' : 'Google',
    place: `bucket ${bucket} of Google Cloud Storage`,
  }),
  protection: async (spec, signal) => (await import('./protection.ts')).readGcsProtection(spec, signal),
  // Keys of service accounts state no end; tokens are renewed by the SDK.
  credentialsEnd: () => Promise.resolve(undefined),
  lock: () => undefined,
  pods: gcsPods,
  kopia: gcsStorage,
};
