import { createHmac } from 'node:crypto';
import { LandfallError } from '../core/errors.ts';
import type { EncryptionSpec, SecretSource } from '../core/spec/spec.ts';
import type { ContentSeal, OpenedSeal, Signer } from '../ports/content-seal.ts';
import type { Location } from '../ports/location.ts';
import { signWith, type DerivedKeys } from './derived-keys.ts';
import { parseIdentityFile, recipientOf, type IdentityFile } from './identity-file.ts';
import {
  createRepositoryKey,
  isVouchedFor,
  openRepositoryKey,
  readHeader,
  type RepositoryHeader,
  type RepositoryKey,
} from './repository-key.ts';
import { openBytes, sealBytes } from './sealed-object.ts';

export interface SealOptions {
  readonly resolveSecret: (source: SecretSource) => Promise<string>;
  /** The time of this machine. */
  readonly nowMs?: () => number;
}

/** The seal of a Location, and its key itself for the commands that give it to others. */
export interface LocationSeal extends ContentSeal {
  /** Throws KEY_*. */
  repositoryKey(): Promise<RepositoryKey>;
  /** What the Location says of its key; undefined where it has none. */
  header(): Promise<RepositoryHeader | undefined>;
}

/**
 * Creates the seal of a Location. Its key is opened once, when it is first needed; what failed is tried again. `location` is the one
 * below the seal: what is stored about keys is public.
 */
export function createContentSeal(location: Location, spec: EncryptionSpec, options: SealOptions): LocationSeal {
  const context: Context = { location, spec, options, identity: undefined };
  let opened: Promise<RepositoryKey> | undefined;
  const open = (mayCreate: boolean): Promise<RepositoryKey> => {
    opened ??= openKey(context, mayCreate).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  let seal: OpenedSeal | undefined;
  let believed: Signer | undefined;
  const sealed = async (mayCreate: boolean): Promise<OpenedSeal> => (seal ??= sealOf((await open(mayCreate)).keys));
  return {
    hasIdentity: spec.identity !== undefined,
    forReading: () => sealed(false),
    forWriting: () => sealed(true),
    async trusted() {
      const found = believed ?? (await trustedSigner(context));
      // What is believed once stays so; a list of points asks for each of them.
      if (found.signer !== undefined) believed = found;
      return found;
    },
    repositoryKey: () => open(false),
    header: () => readHeader(location),
  };
}

const noIdentity = 'the Location names neither signer nor identity';

interface Context {
  readonly location: Location;
  readonly spec: EncryptionSpec;
  readonly options: SealOptions;
  identity: Promise<IdentityFile> | undefined;
}

function sealOf(keys: DerivedKeys): OpenedSeal {
  return {
    keyId: keys.keyId,
    signer: keys.signer,
    seal: (context, bytes) => sealBytes(keys, context, bytes),
    open: (context, key, bytes) => openBytes(keys, { context, key }, bytes),
    sign: (bytes) => signWith(keys, bytes),
    nameOf: (text) => createHmac('sha256', keys.naming).update(`name\n${text}`).digest('hex'),
    volumePassword: keys.volumePassword,
  };
}

async function openKey(context: Context, mayCreate: boolean): Promise<RepositoryKey> {
  const { location } = context;
  const { identities } = await identityOf(context);
  let header = await readHeader(location);
  if (header === undefined) {
    if (!mayCreate) throw withoutKey(location);
    header = await createKey(context, identities);
  }
  const trust = await trustIn(context, header);
  if (trust.signer === undefined) {
    throw new LandfallError('KEY_SIGNER_UNKNOWN', {
      what: `Location ${location.name} is signed by ${header.signer}, and nothing here says whether to trust it`,
      why: trust.why,
      ref: header.signer,
    });
  }
  if (trust.signer !== header.signer) {
    throw new LandfallError('KEY_SIGNER_OTHER', {
      what: `Location ${location.name} has the key of signer ${header.signer}, not of ${trust.signer}`,
      why: 'encryption.signer of the Location names the other one',
      ref: header.signer,
    });
  }
  return openRepositoryKey(location, header, identities);
}

async function trustedSigner(context: Context): Promise<Signer> {
  const { signer, identity } = context.spec;
  if (signer !== undefined) return { signer, by: 'document' };
  if (identity === undefined) return { signer: undefined, why: noIdentity };
  const header = await readHeader(context.location);
  if (header === undefined) return { signer: undefined, why: 'the Location has no key' };
  return trustIn(context, header);
}

/** Anybody can encrypt a key of his own for public recipients: the signer has to be known from elsewhere. */
async function trustIn(context: Context, header: RepositoryHeader): Promise<Signer> {
  const { spec, location } = context;
  if (spec.signer !== undefined) return { signer: spec.signer, by: 'document' };
  if (spec.identity === undefined) return { signer: undefined, why: noIdentity };
  let file: IdentityFile;
  try {
    file = await identityOf(context);
  } catch (error) {
    if (!(error instanceof LandfallError)) throw error;
    return { signer: undefined, why: error.detail.what };
  }
  if (file.signers.includes(header.signer)) return { signer: header.signer, by: 'identity' };
  if (await isVouchedFor(location, header, file.identities)) return { signer: header.signer, by: 'vouched' };
  return {
    signer: undefined,
    why: 'encryption.signer is not set, the identity file names no such signer, and its owner has not made this key',
  };
}

function identityOf(context: Context): Promise<IdentityFile> {
  context.identity ??= readIdentity(context).catch((error: unknown) => {
    context.identity = undefined;
    throw error;
  });
  return context.identity;
}

async function readIdentity({ location, spec, options }: Context): Promise<IdentityFile> {
  const { identity } = spec;
  if (identity === undefined) {
    throw new LandfallError('KEY_IDENTITY_MISSING', {
      what: `the content of Location ${location.name} is encrypted, and the Location names no identity`,
      ref: location.name,
    });
  }
  const from = 'env' in identity ? `the variable ${identity.env}` : identity.file;
  return parseIdentityFile(await options.resolveSecret(identity), from);
}

/** The first write: nothing may be there that the new key would not open. */
async function createKey(context: Context, identities: readonly string[]): Promise<RepositoryHeader> {
  const { location, spec, options } = context;
  const what = `Location ${location.name} has no key, and is not new`;
  if (spec.signer !== undefined) {
    throw new LandfallError('KEY_LOST', { what, why: `its encryption.signer is ${spec.signer}`, ref: location.name });
  }
  const content = await someContent(location);
  if (content !== undefined) {
    // Whoever made the key meanwhile may have written something with it.
    const made = await readHeader(location);
    if (made !== undefined) return made;
    throw new LandfallError('KEY_LOST', { what, why: `it holds ${content}`, ref: content });
  }
  const own = await Promise.all(identities.map((one) => recipientOf(one, 'the identity')));
  if (!own.some((recipient) => spec.recipients.includes(recipient))) {
    throw new LandfallError('KEY_NOT_RECIPIENT', {
      what: `the identity of Location ${location.name} belongs to none of its recipients, so it could not read what it writes`,
      fix: `add ${own[0] ?? 'its recipient'} to encryption.recipients of the Location`,
      ref: location.name,
    });
  }
  const nowMs = (options.nowMs ?? Date.now)();
  await createRepositoryKey(location, { recipients: [...new Set(spec.recipients)], identities, nowMs });
  const header = await readHeader(location);
  if (header === undefined) throw withoutKey(location);
  return header;
}

/** The key of something that a new key would not open; keys at the ends of `points/` are those of a sweep. */
async function someContent(location: Location): Promise<string | undefined> {
  for (const prefix of ['objects/', 'points/', 'runs/']) {
    for await (const { key } of location.list(prefix)) if (!/^points\/[-~]/u.test(key)) return key;
  }
  return undefined;
}

function withoutKey(location: Location): LandfallError {
  const what = `Location ${location.name} has no key, so nothing in it can be opened`;
  return new LandfallError('KEY_LOST', { what, ref: location.name });
}
