import { z } from 'zod';
import { resolvePath } from '../../../config/paths.ts';
import type { GcsLocationSpec } from '../../../core/spec/spec.ts';
import { text } from '../../scalars.ts';
import type { ProviderForm } from '../provider-form.ts';
import { accessOf, resolveAccess, rungContradictions } from '../access.ts';
import { caFile, endpoint, everyLocation, podProxy, prefix } from '../words.ts';

const credentials = z.strictObject({
  file: text.describe('JSON file: the key of a service account, or the configuration of an external identity'),
});

const schema = z.strictObject({
  provider: z.literal('gcs').describe('Google Cloud Storage'),
  bucket: z
    .string()
    .max(222)
    .regex(/^[a-z0-9][a-z0-9._-]*[a-z0-9]$/, 'the name of a bucket')
    .describe('Bucket; it must exist'),
  prefix,
  endpoint: endpoint.describe(
    'Another address of the JSON API, such as one of Private Service Connect; absent = Google. Without a path where volumes move'
  ),
  caFile,
  podProxy,
  credentials: credentials
    .exactOptional()
    .describe(
      'Absent = application default credentials (GOOGLE_APPLICATION_CREDENTIALS, gcloud, workload identity, instance)'
    ),
  access: accessOf({ credentials: credentials.exactOptional() }),
  anonymous: z
    .literal(true)
    .exactOptional()
    .describe('Send no credentials: for a server at endpoint that asks for none, such as fake-gcs-server'),
  ...everyLocation,
});

/** `provider: gcs`. */
export const gcsForm: ProviderForm<typeof schema, GcsLocationSpec> = {
  schema,
  secretKeys: [],
  contradictions({ anonymous, endpoint: address, credentials: named, access }) {
    const rungs = rungContradictions(access);
    if (anonymous === undefined) {
      if (address?.startsWith('http:') !== true) return rungs;
      const what = 'is not encrypted, and whoever reads the token in a request can use it';
      return [{ path: ['endpoint'], what, hint: 'use https, or set anonymous: true for a server without credentials' }];
    }
    const path = ['anonymous'];
    if (named !== undefined)
      return [{ path, what: 'excludes credentials, which are set as well', hint: 'omit one of the two' }];
    if (address === undefined)
      return [{ path, what: 'needs an endpoint: Google takes no write without credentials', hint: 'set endpoint' }];
    return rungs;
  },
  resolve({ credentials: named, access, caFile: ca, repositoryPassword: _, ...written }, folder) {
    return {
      ...written,
      ...(named && { credentials: { file: resolvePath(named.file, folder) } }),
      ...resolveAccess(access, (rung) => rung.credentials && { file: resolvePath(rung.credentials.file, folder) }),
      ...(ca === undefined ? {} : { caFile: resolvePath(ca, folder) }),
    };
  },
  /** kopia knows Google's own address, and servers that ask for no credentials; it takes the path of neither. */
  volumes({ endpoint: address, anonymous }, { location, run }) {
    if (address === undefined || (anonymous === true && new URL(address).pathname === '/')) return [];
    const what = `leads elsewhere than to Google, and ${run.value.kind}/${run.value.metadata.name} moves volumes through this location with kopia, which supports that only without credentials and without a path`;
    const hint = 'omit the endpoint, or set volumes.mode: none in the Migration';
    return [{ document: location, path: ['spec', 'endpoint'], what, hint }];
  },
};
