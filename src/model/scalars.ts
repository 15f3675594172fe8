import { z } from 'zod';
import { durationPattern } from '../config/duration.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
export const text = z.string().min(1).max(4096);

export const Name = z
  .string()
  .max(63)
  .regex(dnsLabel, 'a DNS label: lower-case letters, digits and -, at most 63')
  .describe('Name by which other documents refer to this one');

export const Namespace = z
  .string()
  .max(63)
  .regex(dnsLabel, 'a namespace name: lower-case letters, digits and -, at most 63');
export const NamespacePattern = z
  .string()
  .max(63)
  .regex(/^[a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?$/, 'a namespace name, in which * and ? are wildcards');
export const KindName = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z][A-Za-z0-9]*(\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/,
    'a kind as kubectl takes it: deployments.apps, pods or Pod'
  );
/** A kind, or `*.group` for all of a group, also of one nobody can ask what it serves. */
export const KindOrGroup = z
  .string()
  .max(253)
  .regex(
    /^([A-Za-z][A-Za-z0-9]*(\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?|\*\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/,
    'a kind as kubectl takes it: deployments.apps, pods or Pod; or *.GROUP for all kinds of a group'
  );
export const StorageClass = z.string().max(253).regex(dnsSubdomain, 'the name of a storage class');
export const LabelSelector = z.string().max(4096);
export const Duration = z.string().regex(durationPattern, 'a duration such as 30s, 10m or 1h30m');
export const Metadata = z.strictObject({ name: Name });

/** Where a secret is read from when it is needed; the value itself is never in the file. */
export const SecretSource = z
  .strictObject({
    file: text.exactOptional().describe('File that holds the value; a trailing line break is removed'),
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable')
      .exactOptional()
      .describe('Environment variable of the worker that holds the value'),
  })
  .describe('Reference to a secret: exactly one of file and env');
export type SecretSource = z.infer<typeof SecretSource>;

export const Site = Name.exactOptional().describe(
  'Site whose workers do the work on it (landfall worker --site NAME); absent = the workers of the run'
);
