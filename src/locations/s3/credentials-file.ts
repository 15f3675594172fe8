import { readFile } from 'node:fs/promises';
import { parseKnownFiles } from '@smithy/shared-ini-file-loader';
import { LandfallError } from '../../core/errors.ts';
import type { S3Credentials } from '../provider.ts';

/** A profile of a shared credentials or config file of the AWS tools. */
export interface ProfileSource {
  readonly file: string;
  readonly profile: string;
}

/** The SDK asks again five minutes before the expiration, so a file that changes is seen within a minute. */
const validForMs = 6 * 60_000;

/**
 * Gives the keys of one profile to the SDK, read anew as long as the location lives: a rotated key is taken up without
 * a restart.
 */
export function credentialsFromFile(
  location: string,
  source: ProfileSource
): () => Promise<S3Credentials & { readonly expiration: Date }> {
  return async () => {
    const keys = await readProfileKeys(location, source);
    return { ...keys, expiration: new Date(Date.now() + validForMs) };
  };
}

/** The settings of `[NAME]` or `[profile NAME]` as the SDK reads them; undefined where there is no such profile or file. */
export async function readProfile({
  file,
  profile,
}: ProfileSource): Promise<Readonly<Partial<Record<string, string>>> | undefined> {
  const profiles = await parseKnownFiles({ filepath: file, configFilepath: file, ignoreCache: true });
  return profiles[profile];
}

/**
 * Reads the keys of one profile. Profiles that assume roles or
 * run processes need the SDK's default chain. Throws LOCATION_CREDENTIALS.
 */
export async function readProfileKeys(location: string, source: ProfileSource): Promise<S3Credentials> {
  const { file, profile } = source;
  await checkReadable(location, file);
  const settings = await readProfile(source);
  const { aws_access_key_id, aws_secret_access_key, aws_session_token } = settings ?? {};
  if (aws_access_key_id === undefined || aws_secret_access_key === undefined) {
    const absent = 'aws_access_key_id or aws_secret_access_key is absent';
    throw new LandfallError('LOCATION_CREDENTIALS', {
      what: `${file} has no keys for profile ${profile} of Location ${location}`,
      why: settings === undefined ? 'there is no such profile' : absent,
      ref: file,
      fix: 'correct credentials.file and credentials.profile of the Location; omit both for the default chain',
    });
  }
  return {
    accessKeyId: aws_access_key_id,
    secretAccessKey: aws_secret_access_key,
    ...(aws_session_token === undefined ? {} : { sessionToken: aws_session_token }),
  };
}

/** The SDK takes a file that it cannot read for an empty one. */
async function checkReadable(location: string, file: string): Promise<void> {
  try {
    await readFile(file);
  } catch (error) {
    throw new LandfallError('LOCATION_CREDENTIALS', {
      what: `the credentials file ${file} of Location ${location} cannot be read`,
      ref: file,
      cause: error,
    });
  }
}
