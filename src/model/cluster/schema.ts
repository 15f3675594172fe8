import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import { Metadata, Site, text } from '../scalars.ts';

/** `Cluster` as people write it. */
export const Cluster = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Cluster'),
  metadata: Metadata,
  spec: z.strictObject({
    kubeconfig: z
      .strictObject({
        path: text.describe('Kubeconfig file; relative to this file, ~ is the home directory'),
        context: text.exactOptional().describe('Context in it; absent = its current context'),
      })
      .describe('How the API server is reached'),
    platform: z
      .enum(['detect', 'vks', 'eks', 'aks', 'generic'])
      .default('detect')
      .describe('Where the cluster runs; detect: detected from its nodes, classes and kinds'),
    maxRequestsPerSecond: z
      .number()
      .positive()
      .max(10_000)
      .exactOptional()
      .describe('Maximum requests per second; absent = as fast as it responds without queueing'),
    site: Site,
  }),
});
export type Cluster = z.infer<typeof Cluster>;
