import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import { appliedKeys, beforeWritingKeys } from '../applied/schema.ts';
import { Metadata, Name, Namespace } from '../scalars.ts';
import { Hooks, MoverImage, OnFailure, scopeSchema, volumesSchema, Waiver } from '../scoped/schema.ts';

const Mode = z.enum(['move', 'none']).default('move').describe('none: claims are created empty on the target');

/** `Migration` as people write it; what concerns more than one value is in its rules. */
export const Migration = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Migration'),
  metadata: Metadata,
  spec: z.strictObject({
    source: Name.describe('Name of a Cluster'),
    target: Name.describe('Name of a Cluster'),
    location: Name.describe('Name of the Location that objects and volumes go through'),
    scope: scopeSchema('move').describe('What moves'),
    ...appliedKeys,
    volumes: volumesSchema(Mode).prefault({}).describe('How volumes move'),
    hooks: Hooks,
    landfallNamespace: Namespace.default('landfall-system').describe('Namespace Landfall works in, on both clusters'),
    moverImage: MoverImage,
    dryRun: beforeWritingKeys.dryRun,
    registries: z
      .record(
        z.string().max(253),
        z.string().regex(/^https?:\/\/[^\s/?#@]+$/, 'an http or https address without a path')
      )
      .default({})
      .describe(
        'Registry host to the address at which an assessment queries it; other registries are queried at their own name'
      ),
    waivers: z.array(Waiver).max(500).default([]).describe('Findings of assessment, plan and run that are accepted'),
    onFailure: OnFailure,
    approval: beforeWritingKeys.approval,
  }),
});
export type Migration = z.infer<typeof Migration>;
