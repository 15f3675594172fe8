import { z } from 'zod';
import { SecretSource, Site, text } from '../scalars.ts';

/* Keys that more than one provider has. */

export const prefix = z
  .string()
  .max(512)
  .regex(/^[^\\\p{Cc}]*$/u, 'a path of names with /')
  .default('')
  .describe('Prefix within the store; a trailing / is added');
export const endpoint = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, 'an http or https address without user, query and fragment')
  .exactOptional();
export const caFile = text
  .exactOptional()
  .describe('Certificates (PEM) of authorities to trust besides the public ones; relative to this file');
export const podProxy = z
  .string()
  .max(2048)
  .regex(/^(?:none|https?:\/\/[^\s/?#@]+\/?)$/, 'an http or https address without user and path, or none')
  .exactOptional()
  .describe(
    'Proxy through which pods reach the store; absent = that of the worker (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)'
  );

/** At the end of every provider. */
export const everyLocation = {
  repositoryPassword: SecretSource.exactOptional().describe(
    'Password of the volume repository; required as soon as volumes are moved. If it is lost, the stored volumes are lost'
  ),
  site: Site,
};
