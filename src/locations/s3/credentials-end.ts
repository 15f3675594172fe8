import { readFile } from 'node:fs/promises';
import { getSSOTokenFromFile, parseKnownFiles } from '@smithy/shared-ini-file-loader';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import { tokenEnd } from '../../host/token-end.ts';
import { readProfile } from './credentials-file.ts';

/** Tools that write session keys into an AWS credentials file put their end beside them under one of these names. */
const endSettings = ['aws_expiration', 'expiration', 'x_security_token_expires', 'aws_session_expiration'];
/** Where a node puts the tokens of its pods, and renews them. */
const renewedFolder = '/var/run/secrets/';

/**
 * When what a Location asks by ends and is renewed by nobody, where it reports: session keys of a credentials file, a token that
 * somebody has put into a file, the login of an SSO profile. Sessions that are made of them are renewed and do not count.
 */
export async function s3CredentialsEnd({ credentials }: S3LocationSpec): Promise<string | undefined> {
  const { file, profile = 'default', webIdentity } = credentials ?? {};
  if (file !== undefined) {
    const settings = (await readProfile({ file, profile })) ?? {};
    return instant(endSettings.flatMap((name) => settings[name] ?? [])[0]);
  }
  if (webIdentity !== undefined) {
    if (webIdentity.tokenFile.startsWith(renewedFolder)) return undefined;
    return tokenEnd(await readFile(webIdentity.tokenFile, 'utf8').catch(() => ''));
  }
  return credentials?.profile === undefined ? undefined : loginEnd(credentials.profile);
}

/** A login goes on as long as its registration where it may be refreshed, else it ends with its token. */
async function loginEnd(profile: string): Promise<string | undefined> {
  const settings = (await parseKnownFiles({ ignoreCache: true }))[profile] ?? {};
  const id = settings['sso_session'] ?? settings['sso_start_url'];
  if (id === undefined) return undefined;
  const login = await getSSOTokenFromFile(id).catch(() => undefined);
  return instant(login?.refreshToken === undefined ? login?.expiresAt : login.registrationExpiresAt);
}

function instant(written = ''): string | undefined {
  const time = Date.parse(written);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
