import { inspect } from 'node:util';
import { expect, onTestFinished } from 'vitest';
import { isLandfallError, type ErrorCode } from '../../src/core/errors.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import type { Location } from '../../src/ports/location.ts';

/** A secret that no error may show, and the same as the key of an Azure account. */
export const secret = 'Sup3rSecretAccessKeyForTheErrorTest00000';
export const accountKey = Buffer.from(secret).toString('base64');
export const bytes = Buffer.from('content');

/** Every error here is asked for its code and searched for every secret that was near. */
export async function expectError(run: Promise<unknown>, code: ErrorCode, why = ''): Promise<void> {
  const error: unknown = await run.then(
    () => undefined,
    (caught: unknown) => caught
  );
  if (!isLandfallError(error)) throw new Error(`no LandfallError but ${inspect(error)}`);
  expect([error.code, error.detail.why ?? '']).toEqual([code, expect.stringContaining(why)]);
  const everything = `${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error.detail)} ${error.stack}`;
  for (const canary of [secret, accountKey, 'AWS4-HMAC', 'SharedKey ', 'AKIALANDFALLTEST0000', 'ya29.']) {
    expect(everything).not.toContain(canary);
  }
}

/** Opens a Location whose failures are not waited for. */
export const opened = async (spec: LocationSpec): Promise<Location> => {
  const location = await openLocation(spec, { retry: { attemptsMax: 2, baseDelayMs: 1 } });
  onTestFinished(() => location.close());
  return location;
};

/** The first key of a Location, if it has one. */
export async function firstKey(location: Location): Promise<string | undefined> {
  for await (const { key } of location.list('')) return key;
  return undefined;
}
