import { readFile } from 'node:fs/promises';
import { LandfallError } from '../../core/errors.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration: Date;
}

/** The SDK asks again five minutes before the expiration, so a file that changes is seen within a minute. */
const validForMs = 6 * 60_000;

/**
 * Gives the keys of one profile of an AWS shared-credentials file, read anew as long as the location lives: a rotated
 * key is taken up without a restart. Profiles that assume roles or run processes need the SDK's default chain.
 */
export function credentialsFromFile(
  location: string,
  source: { readonly file: string; readonly profile: string }
): () => Promise<AwsCredentials> {
  return async () => {
    const keys = parseCredentials(location, source, await readCredentials(location, source.file));
    return { ...keys, expiration: new Date(Date.now() + validForMs) };
  };
}

/** The keys of one profile in the text of such a file, for whoever reads it otherwise. Throws LOCATION_CREDENTIALS. */
export function parseCredentials(
  location: string,
  source: { readonly file: string; readonly profile: string },
  text: string
): Omit<AwsCredentials, 'expiration'> {
  const values = profileOf(text, source.profile);
  const accessKeyId = values?.get('aws_access_key_id');
  const secretAccessKey = values?.get('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new LandfallError('LOCATION_CREDENTIALS', {
      what: `${source.file} has no keys for profile ${source.profile} of Location ${location}`,
      why: values === undefined ? 'there is no such profile' : 'aws_access_key_id or aws_secret_access_key is absent',
      ref: source.file,
      fix: 'correct credentials.file and credentials.profile of the Location; leave both out for the default chain',
    });
  }
  const sessionToken = values?.get('aws_session_token');
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

async function readCredentials(location: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new LandfallError('LOCATION_CREDENTIALS', {
      what: `the credentials file ${file} of Location ${location} cannot be read`,
      ref: file,
      cause: error,
    });
  }
}

/** The settings below `[NAME]` or `[profile NAME]`; undefined when there is no such section. */
function profileOf(text: string, profile: string): Map<string, string> | undefined {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/u)) {
    const section = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/u.exec(line)?.[1];
    const setting = /^\s*([A-Za-z_]+)\s*=\s*(\S+)\s*$/u.exec(line);
    if (section !== undefined) {
      current = sections.get(section) ?? new Map<string, string>();
      sections.set(section, current);
    } else if (setting?.[1] !== undefined && setting[2] !== undefined) {
      current?.set(setting[1].toLowerCase(), setting[2]);
    }
  }
  return sections.get(profile);
}
