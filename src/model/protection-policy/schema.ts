import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import { Duration, Metadata, Name, Namespace } from '../scalars.ts';
import { Hooks, MoverImage, scopeSchema, volumesSchema, Waiver } from '../scoped/schema.ts';

const Mode = z
  .enum(['copy', 'none'])
  .default('copy')
  .describe(
    'none: claims are in the recovery points without their data. Points with data of volumes are not pruned yet'
  );

const keep = (what: string) => z.int().min(0).max(10_000).default(0).describe(what);

const Retention = z
  .strictObject({
    keepLast: keep('The newest points'),
    daily: keep('The newest point of each of the last so many days that have one'),
    weekly: keep('The newest point of each of the last so many weeks (from Monday) that have one'),
    monthly: keep('The newest point of each of the last so many months that have one'),
    yearly: keep('The newest point of each of the last so many years that have one'),
    keepFor: Duration.exactOptional().describe('Every point that is not older, such as 7d'),
  })
  .describe('Points of this tier that stay; the others are deleted after each backup of it');

const Tier = z.strictObject({
  name: Name.describe('Name of the tier; its runs are called POLICY-TIER'),
  cron: z
    .string()
    .min(1)
    .max(200)
    .describe('When backups start: minute, hour, day of the month, month, day of the week'),
  timeZone: z.string().min(1).max(64).default('UTC').describe('IANA name of the zone of cron and of the days kept'),
  jitter: Duration.default('0s').describe('A start is delayed by a random part of it'),
  catchUp: Duration.default('1h').describe('A start that was missed for longer is not made up for; at least 10s'),
  overlap: z
    .enum(['skip', 'wait', 'cancelRunning'])
    .default('skip')
    .describe(
      'When the backup before it still goes on: skip this one, start this one after it (one at most waits), or cancel the other'
    ),
  retention: Retention,
});

/** `ProtectionPolicy` as people write it. */
export const ProtectionPolicy = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('ProtectionPolicy'),
  metadata: Metadata,
  spec: z.strictObject({
    source: Name.describe('Name of a Cluster'),
    location: Name.describe('Name of the Location that the recovery points are written to'),
    scope: scopeSchema('back up').describe('What is backed up'),
    tiers: z.array(Tier).min(1).max(20).describe('When, and what stays'),
    volumes: volumesSchema(Mode).prefault({}).describe('How the data of volumes is taken'),
    hooks: Hooks,
    landfallNamespace: Namespace.default('landfall-system').describe('Namespace Landfall works in, on the source'),
    moverImage: MoverImage,
    waivers: z.array(Waiver).max(500).default([]).describe('Findings of the runs that are accepted'),
  }),
});
export type ProtectionPolicy = z.infer<typeof ProtectionPolicy>;
