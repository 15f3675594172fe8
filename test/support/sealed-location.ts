import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { createContentSeal, type LocationSeal } from '../../src/crypto/content-seal.ts';
import { pinnedSigner } from '../../src/crypto/identity-file.ts';
import type { EncryptionSpec } from '../../src/core/spec/spec.ts';
import { openFilesystemLocation } from '../../src/locations/filesystem/index.ts';
import { withSeal } from '../../src/locations/with-seal.ts';
import type { Location } from '../../src/ports/location.ts';
import { createMemoryLocation, type MemoryStore } from './memory-location.ts';

/** Somebody who can open a Location. */
export interface Holder {
  readonly identity: string;
  readonly recipient: string;
}

/** Makes an identity with its recipient. */
export async function newHolder(): Promise<Holder> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** Who opens a Location, and as whom. */
export interface Opener {
  /** Everybody the document names. */
  readonly recipients: readonly Holder[];
  /** Absent: nobody, so that public data alone can be read. */
  readonly as?: Holder;
  /** In the document. */
  readonly signer?: string;
  /** In the identity file. */
  readonly pins?: readonly string[];
}

/** A sealed Location in memory, as one process has it open. */
export function sealedLocation(store: MemoryStore, opener: Opener): { location: Location; seal: LocationSeal } {
  return sealedOver(createMemoryLocation('m', store), opener);
}

/** The same in a directory. */
export async function sealedDirectory(
  path: string,
  opener: Opener
): Promise<{ location: Location; seal: LocationSeal }> {
  const spec = { name: 'd', provider: 'filesystem', path, prefix: '', encryption: 'none' } as const;
  return sealedOver(await openFilesystemLocation(spec), opener);
}

/** The same above any other Location. */
export function sealedOver(inner: Location, opener: Opener): { location: Location; seal: LocationSeal } {
  const { recipients, as, signer, pins = [] } = opener;
  const spec: EncryptionSpec = {
    recipients: recipients.map(({ recipient }) => recipient),
    ...(as && { identity: { env: 'IDENTITY' } }),
    ...(signer === undefined ? {} : { signer }),
  };
  const text = ['# made by a test', ...pins.map(pinnedSigner), as?.identity ?? '', ''].join('\n');
  const seal = createContentSeal(inner, spec, { resolveSecret: () => Promise.resolve(text) });
  return { location: withSeal(inner, seal), seal };
}
