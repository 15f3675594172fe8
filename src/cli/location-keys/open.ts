import { createContentSeal, type LocationSeal } from '../../crypto/content-seal.ts';
import { LandfallError } from '../../core/errors.ts';
import type { EncryptionSpec, LocationSpec } from '../../core/spec/spec.ts';
import { resolveSecret } from '../../host/secret-source.ts';
import { openLocation } from '../../locations/open-location.ts';
import { withSeal } from '../../locations/with-seal.ts';
import type { Location } from '../../ports/location.ts';

/** An encrypted Location with the seal that its document asks for. */
export interface OpenedLocation {
  readonly spec: LocationSpec;
  readonly encryption: EncryptionSpec;
  readonly location: Location;
  readonly seal: LocationSeal;
}

/** Opens a Location for a body that works on its key. Throws CONFIG_INVALID for one that is not encrypted. */
export async function withKeys<T>(spec: LocationSpec, body: (opened: OpenedLocation) => Promise<T>): Promise<T> {
  const { encryption } = spec;
  if (encryption === 'none') {
    throw new LandfallError('CONFIG_INVALID', {
      what: `Location ${spec.name} says encryption: none, so it has no key`,
      fix: 'write recipients and an identity under encryption of a Location that is still empty',
      ref: spec.name,
    });
  }
  // What is stored about keys is public: the seal of the command is its own.
  const below = await openLocation({ ...spec, encryption: 'none' });
  try {
    const seal = createContentSeal(below, encryption, { resolveSecret });
    return await body({ spec, encryption, location: withSeal(below, seal), seal });
  } finally {
    await below.close();
  }
}

/**
 * The same Location as the holder of another identity has it, who believes the signer that is believed here. Throws
 * KEY_SIGNER_UNKNOWN where nobody is.
 */
export async function asHolder({ encryption, location, seal }: OpenedLocation, file: string): Promise<LocationSeal> {
  const trusted = await seal.trusted();
  const pinned = trusted.signer === undefined ? {} : { signer: trusted.signer };
  return createContentSeal(location, { ...encryption, ...pinned, identity: { file } }, { resolveSecret });
}

/** The header of a Location that has a key. Throws KEY_NOT_MADE. */
export async function requireHeader({
  spec,
  seal,
}: OpenedLocation): Promise<{ keyId: string; signer: string; createdAt: string }> {
  const header = await seal.header();
  if (header !== undefined) return header;
  throw new LandfallError('KEY_NOT_MADE', { what: `Location ${spec.name} has no key yet`, ref: spec.name });
}
