import { describe, expect, it } from 'vitest';
import { isLandfallError } from '../../core/errors.ts';
import { loadText } from '../load-file.ts';

const role = 'arn:aws:iam::123456789012:role/landfall';
const file = (keys: string): string =>
  `apiVersion: landfall.dev/v1alpha1\nkind: Location\nmetadata: {name: store}\nspec:\n  provider: s3\n  bucket: points\n  encryption: none\n${keys}`;

async function problems(keys: string): Promise<string> {
  const error: unknown = await loadText(file(keys), '/etc/landfall/landfall.yaml').catch((caught: unknown) => caught);
  return isLandfallError(error) ? JSON.stringify(error.problems) : 'none';
}

describe('who an S3 Location is asked by', () => {
  it('is resolved with absolute paths and milliseconds', async () => {
    const keys = `  credentials: {webIdentity: {role: '${role}', tokenFile: token, duration: 1h}, assumeRole: {role: '${role}', externalId: shop}}
  access:
    - {name: break-glass, credentials: {file: keys}}\n`;
    const { locations } = await loadText(file(keys), '/etc/landfall/landfall.yaml');
    expect(locations[0]).toMatchObject({
      credentials: {
        webIdentity: { role, tokenFile: '/etc/landfall/token', durationMs: 3_600_000 },
        assumeRole: { role, externalId: 'shop' },
      },
      access: [{ name: 'break-glass', way: { file: '/etc/landfall/keys', profile: 'default' } }],
    });
  });

  it.each([
    ['nobody', '  credentials: {}\n', /names nobody/],
    ['two sources', `  credentials: {profile: a, webIdentity: {role: '${role}'}}\n`, /excludes file and profile/],
    ['a session that is too long', `  credentials: {assumeRole: {role: '${role}', duration: 13h}}\n`, /15m and 12h/],
    ['a role that is none', '  credentials: {assumeRole: {role: landfall}}\n', /ARN of a role/],
    ['tokens in clear', `  credentials: {profile: a, stsEndpoint: 'http://sts.corp'}\n`, /not encrypted/],
    ['a rung without a way', '  access: [{name: a}]\n', /leads nowhere/],
    ['a rung with two', '  access: [{name: a, credentials: {file: f}, location: b}]\n', /several ways in/],
    [
      'two rungs of one name',
      '  access: [{name: a, credentials: {file: f}}, {name: a, credentials: {file: g}}]\n',
      /another rung/,
    ],
    ['a rung of broken credentials', '  access: [{name: a, credentials: {}}]\n', /names nobody/],
    ['itself as its copy', '  access: [{name: a, location: store}]\n', /names the Location itself/],
    ['a copy that is nowhere', '  access: [{name: a, location: copy}]\n', /not in this file/],
  ])('is refused where it is %s', async (_name, keys, text) => {
    expect(await problems(keys)).toMatch(text);
  });
});
