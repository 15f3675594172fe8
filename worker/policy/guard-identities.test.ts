import { afterEach, describe, expect, it, vi } from 'vitest';
import type { S3CredentialsSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';
import { filePolicy } from './file-policy.ts';
import { createGuard } from './guard.ts';
import { WorkerPolicy } from './schema.ts';

const spec: S3LocationSpec = {
  ...{ name: 'store', provider: 's3', bucket: 'b', prefix: '', region: 'r', forcePathStyle: true, encryption: 'none' },
};
const role = 'arn:aws:iam::123456789012:role/landfall';

function check(allowed: object, credentials: S3CredentialsSpec, access: S3LocationSpec['access'] = []): Promise<void> {
  const head = { apiVersion: 'landfall.dev/v1alpha1', kind: 'WorkerPolicy', metadata: { name: 'site' } };
  const policy = WorkerPolicy.parse({ ...head, spec: { locations: [{ bucket: 'b' }], ...allowed } });
  return createGuard(filePolicy('policy.yaml', policy)).checkLocation({ ...spec, credentials, access });
}

afterEach(() => void vi.unstubAllEnvs());

describe('an identity that a Location names', () => {
  it.each([
    ['the token of another place', { webIdentity: { role, tokenFile: import.meta.filename } }, /guard-identities/],
    ['another issuer of credentials', { profile: 'a', stsEndpoint: 'https://sts.corp' }, /spec.issuers|spec.files/],
    ['a profile of the machine', { profile: 'admin' }, /spec.files: \[.*config/],
  ])('needs a rule for %s', async (_name, credentials, fix) => {
    vi.stubEnv('AWS_CONFIG_FILE', '/etc/aws/config');
    await expect(check({}, credentials)).rejects.toMatchObject({
      code: 'POLICY_REFUSED',
      detail: { fix: expect.stringMatching(fix) as string },
    });
  });

  it('is used where there is one, and a rung of access needs the same', async () => {
    const files = { files: [import.meta.dirname], issuers: ['https://sts.corp/'] };
    const credentials = { webIdentity: { role, tokenFile: import.meta.filename }, stsEndpoint: 'https://sts.corp' };
    await expect(check(files, credentials)).resolves.toBeUndefined();
    const rung = { name: 'break-glass', way: { file: '/etc/hostname' } };
    await expect(check(files, credentials, [rung])).rejects.toMatchObject({ code: 'POLICY_REFUSED' });
  });
});
