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

const encryption = z.union([
  z.literal('none').describe('Everything lies in clear, Secrets too'),
  z.strictObject({
    recipients: z
      .array(z.string().regex(/^age1[0-9a-z]{58}$/, 'a recipient as landfall keys create prints it: age1…'))
      .min(1)
      .max(64)
      .describe(
        'Who can open it: X25519 recipients of age. Each of them opens it alone; two at least, in different hands'
      ),
    identity: SecretSource.exactOptional().describe(
      'age identity file of one recipient, for runs that read or write content; absent = only what is public can be listed, verified and copied'
    ),
    signer: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a signer as landfall keys list shows it: 64 digits')
      .exactOptional()
      .describe('Whose signatures count; absent = whom the identity file names, or whose key the identity has made'),
  }),
]);

/** At the end of every provider. */
export const everyLocation = {
  encryption: encryption
    .exactOptional()
    .describe('Required: recipients that everything is encrypted for before it is written, or none'),
  repositoryPassword: SecretSource.exactOptional().describe(
    'Password of the volume repository of a Location that is not encrypted; required there as soon as volumes are moved. If it is lost, the stored volumes are lost'
  ),
  site: Site,
};
