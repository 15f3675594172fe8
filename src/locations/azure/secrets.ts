import { isLandfallError, LandfallError } from '../../core/errors.ts';
import type { AzureLocationSpec, SecretSource } from '../../core/spec/spec.ts';
import { resolveSecret } from '../../host/secret-source.ts';
import type { ResolveSecret } from '../provider.ts';

/** What opens a container: the key of its account, or a shared access signature. */
export type AzureSecret = { readonly accountKey: string } | { readonly sasToken: string };

/** Reads the secret of a Location from where it says. The value appears in no message. Throws LOCATION_CREDENTIALS. */
export async function readAzureSecret(
  spec: AzureLocationSpec,
  resolve: ResolveSecret = resolveSecret
): Promise<AzureSecret> {
  const { name, sasToken, accountKey } = spec;
  if (sasToken !== undefined) return { sasToken: await readSasToken(name, sasToken, resolve) };
  if (accountKey !== undefined) return { accountKey: await readAccountKey(name, accountKey, resolve) };
  throw new LandfallError('LOCATION_CREDENTIALS', {
    what: `Location ${spec.name} names neither an account key nor a shared access signature`,
    fix: 'set accountKey or sasToken of the Location',
    ref: spec.name,
  });
}

async function readAccountKey(location: string, source: SecretSource, resolve: ResolveSecret): Promise<string> {
  const what = `the account key of Location ${location} cannot be read from ${placeOf(source)}`;
  const key = await read(what, source, resolve);
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(key)) refuse(what, 'it is not base64, as account keys are');
  return key;
}

/** Tools write it with the question mark of the address that it belongs to, or without. */
async function readSasToken(location: string, source: SecretSource, resolve: ResolveSecret): Promise<string> {
  const what = `the shared access signature of Location ${location} cannot be read from ${placeOf(source)}`;
  const token = (await read(what, source, resolve)).replace(/^\?/u, '');
  if (/\s/u.test(token) || !new URLSearchParams(token).has('sig'))
    refuse(what, 'it is none: those have the form sv=…&se=…&sig=…');
  return token;
}

/** When a shared access signature ends (`se`), as it says; undefined where it refers to a policy of the container. */
export function sasEnd(sasToken: string): string | undefined {
  const time = Date.parse(new URLSearchParams(sasToken).get('se') ?? '');
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function placeOf(source: SecretSource): string {
  return 'file' in source ? `the file ${source.file}` : `the environment variable ${source.env}`;
}

async function read(what: string, source: SecretSource, resolve: ResolveSecret): Promise<string> {
  const value = await resolve(source).catch((error: unknown) =>
    refuse(what, isLandfallError(error) ? error.detail.what : 'it cannot be read', error)
  );
  return value.trim() === '' ? refuse(what, 'it is empty or not set') : value.trim();
}

function refuse(what: string, why: string, cause?: unknown): never {
  throw new LandfallError('LOCATION_CREDENTIALS', { what, why, ...(cause === undefined ? {} : { cause }) });
}
