import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import { appliedKeys, beforeWritingKeys } from '../applied/schema.ts';
import { Duration, KindName, Metadata, Name, Namespace, NamespacePattern, text } from '../scalars.ts';
import { MoverImage, OnFailure, scopeSchema, Waiver } from '../scoped/schema.ts';
import { Movers } from '../scoped/schema-movers.ts';

const Scope = scopeSchema('restore').extend({
  namespaces: z
    .array(NamespacePattern)
    .min(1)
    .max(1000)
    .default(['*'])
    .describe('Namespaces to restore, by their names in the recovery point; * and ? are wildcards'),
});

const Named = z.strictObject({
  kind: KindName.describe('Kind'),
  namespace: NamespacePattern.exactOptional().describe('Namespace in the recovery point; absent = every one'),
  name: text.max(253).describe('Name; * and ? are wildcards'),
});

const Volumes = z.strictObject({
  mode: z.enum(['restore', 'none']).default('restore').describe('none: claims are created empty on the target'),
  parallel: z.int().min(1).max(64).default(4).describe('Number of claims under way at the same time'),
  movers: Movers,
  timeout: Duration.default('24h').describe('For one claim'),
});

/** `Restore` as people write it; what concerns more than one value is in the rules of `scoped` and `applied`. */
export const Restore = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Restore'),
  metadata: Metadata,
  spec: z.strictObject({
    location: Name.describe('Name of the Location that holds the recovery point'),
    target: Name.describe('Name of the Cluster to restore to'),
    point: text
      .max(128)
      .default('latest')
      .describe('Id of the recovery point, whole or short; latest = the newest one that is complete'),
    backup: Name.exactOptional().describe('With point: latest, only recovery points of this Backup or Migration count'),
    scope: Scope.prefault({}).describe('What of the recovery point is restored; default: all of it'),
    include: z
      .array(Named)
      .max(1000)
      .default([])
      .describe('Only these objects of the scope, and their Namespaces; empty = all'),
    ...appliedKeys,
    volumes: Volumes.prefault({}).describe('How the data of volumes is restored'),
    landfallNamespace: Namespace.default('landfall-system').describe('Namespace Landfall works in, on the target'),
    moverImage: MoverImage,
    ...beforeWritingKeys,
    waivers: z.array(Waiver).max(500).default([]).describe('Findings of plan and run that are accepted'),
    onFailure: OnFailure,
  }),
});
export type Restore = z.infer<typeof Restore>;
