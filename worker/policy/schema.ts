import { z } from 'zod';
import { apiVersion } from '../../src/config/kind.ts';
import { Metadata, text } from '../../src/model/scalars.ts';

const path = text
  .regex(/^\/(?!.*(^|\/)\.\.(\/|$))/, 'an absolute path without ..')
  .describe('A file, or a directory with everything below it');
const prefix = z.string().max(512).default('').describe('Only below this prefix; empty = everywhere in it');
const endpoint = text.exactOptional();

const StoreRule = z.union([
  z.strictObject({
    bucket: text.describe('S3 bucket'),
    prefix,
    endpoint: endpoint.describe('Address of the S3-compatible server, as in the Location; absent = AWS'),
  }),
  z.strictObject({
    account: text.describe('Azure storage account'),
    container: text.describe('Container in it'),
    prefix,
    endpoint: endpoint.describe('Address of the blob service, as in the Location; absent = Azure'),
  }),
  z.strictObject({
    provider: z.literal('gcs').describe('Says that the bucket is one of Google Cloud Storage'),
    bucket: text.describe('Bucket of Google Cloud Storage'),
    prefix,
    endpoint: endpoint.describe('Address of the JSON API, as in the Location; absent = Google'),
  }),
  z.strictObject({ path: path.describe('Directory of filesystem Locations, with everything below it') }),
]);

/** What the operator of a worker allows runs to use. What no rule covers is refused. */
export const WorkerPolicy = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('WorkerPolicy'),
  metadata: Metadata,
  spec: z.strictObject({
    clusters: z
      .array(
        z.strictObject({
          kubeconfig: path.describe('Kubeconfig file, or a directory of them'),
          server: text
            .exactOptional()
            .describe('API server that its context must name, such as https://*.eks.amazonaws.com; absent = any'),
        })
      )
      .max(1000)
      .default([])
      .describe('Clusters, by their kubeconfigs'),
    locations: z.array(StoreRule).max(1000).default([]).describe('Stores, by what they are'),
    programs: z.array(path).max(1000).default([]).describe('Credential plugins that kubeconfigs may run'),
    files: z
      .array(path)
      .max(1000)
      .default([])
      .describe('Files that may be read: secrets, credentials and certificates that Locations and kubeconfigs name'),
    environment: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable'))
      .max(1000)
      .default([])
      .describe('Environment variables that secrets may be read from'),
    issuers: z
      .array(text)
      .max(1000)
      .default([])
      .describe('Addresses of token services that Locations name; those of AWS and Azure themselves need no rule'),
    hooks: z.boolean().default(false).describe('Whether commands of a run may be executed in pods of its source'),
  }),
});
export type WorkerPolicy = z.infer<typeof WorkerPolicy>;
