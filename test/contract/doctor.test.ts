import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { judgeAccess, type DoctorReport } from '../../src/core/access/verdict.ts';
import { tryLocation } from '../../src/cli/doctor/try-location.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { readProfileKeys } from '../../src/locations/s3/credentials-file.ts';
import { labClusterSpec, useLightLab } from '../support/light-lab.ts';
import { loopbackSts } from '../support/loopback-sts.ts';
import { commit, sample } from './location-capture.ts';
import { azureSasSpec, s3Spec, temporaryDirectory } from './location-servers.ts';

const role = 'arn:aws:iam::123456789012:role/landfall';

it('finds the rung that works where the token service refuses the one before it, and a run goes on by it', async () => {
  const plain = await s3Spec();
  const file = plain.credentials?.file ?? '';
  const keys = { ...(await readProfileKeys('lab', { file, profile: 'default' })), sessionMs: 3_600_000 };
  const sts = await loopbackSts(keys);
  onTestFinished(() => sts.close());
  const token = join(temporaryDirectory('token'), 'token');
  writeFileSync(token, 'expired-token');
  const credentials = { webIdentity: { role, tokenFile: token }, stsEndpoint: sts.url };
  const spec = { ...plain, credentials, access: [{ name: 'break-glass', way: { file, profile: 'default' } }] };
  const changes: string[] = [];
  const location = await openLocation(spec, {
    onRungChange: ({ failed, next, error }) => changes.push(`${failed} to ${next}: ${error.code}`),
  });
  await commit(location, 'shop-1', [[sample('web', '{"a":1}')]]);
  await location.close();
  expect(changes).toEqual(['own to break-glass: LOCATION_IDENTITY_REFUSED']);
  const tried = await tryLocation(spec, [spec]);
  expect(tried.ways).toMatchObject([
    { name: 'own', problem: { code: 'LOCATION_IDENTITY_REFUSED' } },
    { name: 'break-glass', read: expect.stringContaining('the manifest of shop-1') as string, provider: 'none' },
  ]);
  expect(JSON.stringify(tried)).not.toContain(keys.secretAccessKey);
});

it('says that a shared access signature expires first', async () => {
  const spec = await azureSasSpec('racwdl', 3_600_000);
  const location = await openLocation(spec);
  await commit(location, 'shop-1', [[sample('web', '{"a":1}')]]);
  await location.close();
  const report = judgeAccess([await tryLocation(spec, [])], new Date().toISOString());
  expect(report).toMatchObject({ restorable: true, until: { what: 'a shared access signature' } });
  const sas = spec.sasToken !== undefined && 'file' in spec.sasToken ? readFileSync(spec.sasToken.file, 'utf8') : '';
  expect(JSON.stringify(report)).not.toContain(new URLSearchParams(sas.slice(1)).get('sig') ?? '-');
  expect(report.subjects[0]?.warnings.some((warning) => warning.includes('one rung'))).toBe(true);
});

it('looks at the stores and clusters of a file, as a user runs it', async () => {
  const { kubeconfig } = labClusterSpec(await useLightLab(), 'source');
  const spec = await s3Spec();
  const { bucket, endpoint, credentials, prefix } = spec;
  const location = await openLocation(spec);
  await commit(location, 'shop-1', [[sample('web', '{"a":1}')]]);
  await location.close();
  const file = join(temporaryDirectory('doctor'), 'landfall.yaml');
  const cluster = `---\napiVersion: landfall.dev/v1alpha1\nkind: Cluster\nmetadata: {name: shop}\nspec: {kubeconfig: {path: ${kubeconfig.path}, context: ${kubeconfig.context}}}\n`;
  writeFileSync(
    file,
    `apiVersion: landfall.dev/v1alpha1\nkind: Location\nmetadata: {name: store}\nspec: {provider: s3, bucket: ${bucket}, prefix: ${prefix}, endpoint: '${endpoint}', credentials: {file: ${credentials?.file}}, encryption: none}\n${cluster}`
  );
  const report = await run(file);
  expect(report).toMatchObject({ restorable: true });
  expect(report.subjects.map(({ kind, name, works }) => `${kind} ${name} ${works}`)).toEqual([
    'Location store true',
    'Cluster shop true',
  ]);
});

async function run(file: string): Promise<DoctorReport> {
  const printed: string[] = [];
  const log = console.log;
  console.log = (text: string) => void printed.push(text);
  try {
    await createProgram().parseAsync(['doctor', '-f', file, '-o', 'json'], { from: 'user' });
  } finally {
    console.log = log;
  }
  return JSON.parse(printed.join('\n')) as DoctorReport;
}
