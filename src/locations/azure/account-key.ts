import { isLandfallError, LandfallError } from '../../core/errors.ts';
import type { SecretSource } from '../../core/spec/spec.ts';
import { resolveSecret } from '../../host/secret-source.ts';

/** Reads the key of a storage account from where the Location says it is. The value appears in no message. */
export async function readAccountKey(location: string, source: SecretSource): Promise<string> {
  const place = 'file' in source ? `the file ${source.file}` : `the environment variable ${source.env}`;
  const what = `the account key of Location ${location} cannot be read from ${place}`;
  const value = await resolveSecret(source).catch((error: unknown) =>
    refuse(what, isLandfallError(error) ? error.detail.what : 'it cannot be read', error)
  );
  const key = value.trim();
  if (key === '') refuse(what, 'it is empty or not set');
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(key)) refuse(what, 'it is not base64, as account keys are');
  return key;
}

function refuse(what: string, why: string, cause?: unknown): never {
  throw new LandfallError('LOCATION_CREDENTIALS', { what, why, ...(cause === undefined ? {} : { cause }) });
}
