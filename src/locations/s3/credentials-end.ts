import type { S3LocationSpec } from '../../core/spec/spec.ts';
import { readProfile } from './credentials-file.ts';

/** Tools that write session keys into an AWS credentials file put their end beside them under one of these names. */
const endSettings = ['aws_expiration', 'expiration', 'x_security_token_expires', 'aws_session_expiration'];

/** When session keys of a credentials file end, where it reports. Default chains renew themselves. */
export async function s3CredentialsEnd({ credentials }: S3LocationSpec): Promise<string | undefined> {
  if (credentials === undefined) return undefined;
  const settings = (await readProfile(credentials)) ?? {};
  const written = endSettings.flatMap((name) => settings[name] ?? [])[0] ?? '';
  const time = Date.parse(written);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
