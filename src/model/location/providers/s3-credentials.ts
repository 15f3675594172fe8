import { z } from 'zod';
import { parseDuration } from '../../../config/duration.ts';
import { resolvePath } from '../../../config/paths.ts';
import type { S3CredentialsSpec } from '../../../core/spec/spec.ts';
import { Duration, text } from '../../scalars.ts';
import type { Contradiction } from '../provider-form.ts';
import { endpoint } from '../words.ts';

const role = z
  .string()
  .max(2048)
  .regex(/^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME')
  .describe('ARN of the role');
const sessionName = z
  .string()
  .regex(/^[\w+=,.@-]{2,64}$/, 'a session name: 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -')
  .exactOptional()
  .describe('Name of the session in the audit log; default: landfall');
const duration = Duration.exactOptional().describe(
  'How long a session is good for, 15m to 12h; default: 1h. It is renewed five minutes before'
);

/** On whose behalf an S3 store is asked. */
export const s3Credentials = z
  .strictObject({
    file: text
      .exactOptional()
      .describe('Shared credentials file in the form of the AWS tools; its keys are used as they are'),
    profile: text
      .exactOptional()
      .describe(
        'With file: profile in it; default: default. Without: profile of the AWS configuration where the worker runs, SSO profiles included'
      ),
    webIdentity: z
      .strictObject({
        role,
        tokenFile: text
          .default('/var/run/secrets/eks.amazonaws.com/serviceaccount/token')
          .describe('File with the token, read for each session'),
        sessionName,
        duration,
      })
      .exactOptional()
      .describe('Role that a token of a pod or another issuer is exchanged for (IRSA, AssumeRoleWithWebIdentity)'),
    assumeRole: z
      .strictObject({
        role,
        externalId: z
          .string()
          .regex(/^[\w+=,.@:/-]{2,1224}$/, 'an external id')
          .exactOptional()
          .describe('External id that the trust policy of the role asks for'),
        sessionName,
        duration,
      })
      .exactOptional()
      .describe('Role that the identity named beside it, or that of the worker, takes on: also of another account'),
    stsEndpoint: endpoint.describe('Address of the token service; absent = that of AWS in the region'),
  })
  .describe('Absent = the default chain of the AWS SDK (environment, profile, web identity, instance)');

type Written = z.infer<typeof s3Credentials>;

const shortestMs = 15 * 60_000;
const longestMs = 12 * 3_600_000;

/** What does not go together in credentials at a path. */
export function s3Contradictions(
  written: Written | undefined,
  at: readonly (string | number)[]
): readonly Contradiction[] {
  if (written === undefined) return [];
  const { file, profile, webIdentity, assumeRole, stsEndpoint } = written;
  const found: Contradiction[] = [];
  if (webIdentity !== undefined && (file !== undefined || profile !== undefined)) {
    const what = 'excludes file and profile, and one is set as well';
    found.push({ path: [...at, 'webIdentity'], what, hint: 'omit one of them' });
  }
  if ([file, profile, webIdentity, assumeRole].every((value) => value === undefined)) {
    const hint = 'set file, profile, webIdentity or assumeRole; omit credentials for the default chain of the AWS SDK';
    found.push({ path: [...at], what: 'names nobody', hint });
  }
  if (stsEndpoint?.startsWith('http:') === true && !isLoopback(stsEndpoint)) {
    const what = 'is not encrypted, and whoever reads the keys in a response can use them';
    found.push({ path: [...at, 'stsEndpoint'], what, hint: 'use https' });
  }
  for (const [key, part] of [['webIdentity', webIdentity] as const, ['assumeRole', assumeRole] as const]) {
    const ms = part?.duration === undefined ? shortestMs : (parseDuration(part.duration) ?? 0);
    if (ms >= shortestMs && ms <= longestMs) continue;
    found.push({ path: [...at, key, 'duration'], what: 'is not between 15m and 12h', hint: 'write 1h, for example' });
  }
  return found;
}

function isLoopback(address: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/u.test(new URL(address).hostname);
}

/** The same as a run gets it. */
export function resolveS3Credentials(written: Written, folder: string): S3CredentialsSpec {
  const { file, profile, webIdentity, assumeRole, stsEndpoint } = written;
  return {
    ...(file !== undefined && { file: resolvePath(file, folder), profile: profile ?? 'default' }),
    ...(file === undefined && profile !== undefined && { profile }),
    ...(webIdentity && {
      webIdentity: { ...withMs(webIdentity), tokenFile: resolvePath(webIdentity.tokenFile, folder) },
    }),
    ...(assumeRole && { assumeRole: withMs(assumeRole) }),
    ...(stsEndpoint !== undefined && { stsEndpoint }),
  };
}

function withMs<T extends { readonly duration?: string }>({
  duration: written,
  ...rest
}: T): Omit<T, 'duration'> & { durationMs?: number } {
  const durationMs = written === undefined ? undefined : parseDuration(written);
  return { ...rest, ...(durationMs !== undefined && { durationMs }) };
}
