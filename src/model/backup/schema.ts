import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import { Metadata, Name, Namespace } from '../scalars.ts';
import { Copies } from './copies-schema.ts';
import { Hooks, MoverImage, OnFailure, scopeSchema, volumesSchema, Waiver } from '../scoped/schema.ts';

const Mode = z
  .enum(['copy', 'none'])
  .default('copy')
  .describe('none: claims are in the recovery point without their data');

/** `Backup` as people write it; what concerns more than one value is in the rules of `scoped`. */
export const Backup = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Backup'),
  metadata: Metadata,
  spec: z.strictObject({
    source: Name.describe('Name of a Cluster'),
    location: Name.describe('Name of the Location that the recovery point is written to'),
    scope: scopeSchema('back up').describe('What is backed up'),
    volumes: volumesSchema(Mode).prefault({}).describe('How the data of volumes is taken'),
    hooks: Hooks,
    landfallNamespace: Namespace.default('landfall-system').describe('Namespace Landfall works in, on the source'),
    moverImage: MoverImage,
    waivers: z.array(Waiver).max(500).default([]).describe('Findings of the run that are accepted'),
    onFailure: OnFailure,
    copies: Copies.exactOptional().describe('Where else the recovery point is copied to; default: nowhere'),
  }),
});
export type Backup = z.infer<typeof Backup>;
