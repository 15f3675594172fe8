import { z } from 'zod';
import { apiVersion } from '../../config/kind.ts';
import { Metadata } from '../scalars.ts';
import { providers } from './providers.ts';

type ProviderSchema = (typeof providers)[keyof typeof providers]['schema'];

/** `Location` as people write it: `spec` has the keys of its provider. */
export const Location = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal('Location'),
  metadata: Metadata,
  spec: z.discriminatedUnion(
    'provider',
    Object.values(providers).map(({ schema }) => schema) as unknown as [ProviderSchema, ...ProviderSchema[]]
  ),
});
export type Location = z.infer<typeof Location>;
