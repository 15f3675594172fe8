import { readFile } from 'node:fs/promises';
import { parseIdentityFile, pinnedSigner, recipientOf } from '../../crypto/identity-file.ts';
import { LandfallError } from '../../core/errors.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { resolveSecret } from '../../host/secret-source.ts';
import { providerOf } from '../../locations/registry.ts';
import { asHolder, requireHeader, type OpenedLocation } from './open.ts';

/**
 * What somebody keeps to open a Location when everything else is gone: whose signatures count, where it is, and the identity. With
 * `identity: 'none'` all but the identity, for a holder who adds the lines to his own. Throws KEY_*; what is given out opens the
 * Location, unless it holds no identity.
 */
export async function exportLines(
  opened: OpenedLocation,
  identity: { readonly file: string } | 'document' | 'none'
): Promise<readonly string[]> {
  const header = await requireHeader(opened);
  const trusted = await opened.seal.trusted();
  if (trusted.signer !== header.signer) {
    throw new LandfallError(trusted.signer === undefined ? 'KEY_SIGNER_UNKNOWN' : 'KEY_SIGNER_OTHER', {
      what: `Location ${opened.spec.name} is signed by ${header.signer}, which is not known here to be its signer`,
      ref: header.signer,
    });
  }
  const lines = [
    `# Landfall: opens what is encrypted in Location ${opened.spec.name}`,
    `# where: ${placeOf(opened.spec)}`,
    `# key: ${header.keyId}`,
    pinnedSigner(header.signer),
  ];
  if (identity === 'none') return lines;
  const seal = identity === 'document' ? opened.seal : await asHolder(opened, identity.file);
  await seal.forReading();
  const from = identity === 'document' ? 'the identity of the Location' : identity.file;
  const { identities } = parseIdentityFile(await textOf(opened, identity), from);
  const all = await Promise.all(identities.map(async (one) => [`# public key: ${await recipientOf(one, from)}`, one]));
  return [...lines, ...all.flat()];
}

async function textOf(
  { encryption }: OpenedLocation,
  identity: { readonly file: string } | 'document'
): Promise<string> {
  if (identity !== 'document') return readFile(identity.file, 'utf8');
  // Without one nothing was opened above.
  return encryption.identity === undefined ? '' : resolveSecret(encryption.identity);
}

/** Where a Location is, for a person who has nothing else. */
function placeOf(spec: LocationSpec): string {
  const { provider, prefix } = spec;
  const inside =
    'bucket' in spec ? `bucket ${spec.bucket}, ` : 'container' in spec ? `container ${spec.container}, ` : '';
  const within = prefix === '' ? 'no prefix' : `prefix ${prefix}`;
  return `${provider}, ${providerOf(spec).address(spec)}, ${inside}${within}`;
}
