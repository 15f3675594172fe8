import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CopyReport } from '../../src/core/retention/report.ts';
import type { RunReport } from '../../src/core/run/report.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

const apiVersion = 'landfall.dev/v1alpha1';

let rig: CliRig;
let namespace: string;
let encryption: object;
let point: string;

/** A Cluster on each side, a store, a directory, and a directory that is not there; and a Backup with these copies. */
function write(name: string, copies?: object): string {
  const { s3, clusters } = rig.lab;
  const cluster = (side: 'source' | 'target') => ({
    ...{ apiVersion, kind: 'Cluster', metadata: { name: side } },
    spec: { kubeconfig: { path: clusters[side].kubeconfig } },
  });
  const location = (at: string, spec: object) => ({
    ...{ apiVersion, kind: 'Location', metadata: { name: at } },
    spec: { encryption, ...spec },
  });
  const store = {
    ...{ provider: 's3', endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, prefix: `${rig.prefix}-copies` },
    credentials: { file: s3.credentialsFile },
  };
  const scope = { namespaces: [namespace] };
  const backup = { source: 'source', location: 'store', scope, volumes: { mode: 'none' }, ...(copies && { copies }) };
  const documents = [
    ...[cluster('source'), cluster('target'), location('store', store)],
    location('disk', { provider: 'filesystem', path: join(rig.directory, 'disk') }),
    location('gone', { provider: 'filesystem', path: join(rig.directory, 'gone') }),
    { apiVersion, kind: 'Backup', metadata: { name: `${rig.prefix}-shop` }, spec: backup },
  ];
  const file = join(rig.directory, `${name}.yaml`);
  writeFileSync(file, documents.map((document) => JSON.stringify(document, null, 2)).join('\n---\n'));
  return file;
}

beforeAll(async () => {
  rig = await startCliRig('copies');
  namespace = `${rig.prefix}-shop`;
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  const metadata = { name: 'settings' };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { colour: 'red' } };
  await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, object);
  mkdirSync(join(rig.directory, 'disk'));
  const identity = await generateX25519Identity();
  const file = join(rig.directory, 'identity.txt');
  writeFileSync(file, `${identity}\n`, { mode: 0o600 });
  encryption = { recipients: [await identityToRecipient(identity)], identity: { file } };
});
afterAll(() => rig.end());

/** A command ended as it should, or what it said. */
function ends({ code, text }: { readonly code: number; readonly text: string }, expected: number): void {
  if (code !== expected) throw new Error(`exit code ${code} instead of ${expected}: ${text}`);
}

async function backUp(
  file: string
): Promise<{ readonly code: number; readonly text: string; readonly report: RunReport }> {
  const report = `${file}.report.json`;
  const { code, stdout, stderr } = await rig.landfall(['backup', '-f', file, '--report', report]);
  return { code, text: stdout + stderr, report: JSON.parse(readFileSync(report, 'utf8')) as RunReport };
}

async function copy(...args: readonly string[]): Promise<CopyReport> {
  const ended = await rig.landfall(['points', 'copy', '-o', 'json', ...args]);
  ends({ code: ended.code, text: ended.stderr }, 0);
  return JSON.parse(ended.stdout) as CopyReport;
}

it('a backup has its copies read back before it succeeds, and reports each', async () => {
  const { code, text, report } = await backUp(write('both', { to: [{ location: 'disk' }] }));
  ends({ code, text }, 0);
  expect(report.copies).toMatchObject({ quorum: 1, verified: 1, to: [{ location: 'disk', state: 'verified' }] });
  expect(text).toContain('disk: verified');
  point = report.recoveryPoint?.split('/')[1] ?? '';
});

it('is partial where too few were, says which, and its point can be copied later', async () => {
  const file = write('partial', { quorum: 2, to: [{ location: 'disk' }, { location: 'gone' }] });
  const { code, text, report } = await backUp(file);
  ends({ code, text }, 3);
  expect(report).toMatchObject({ outcome: 'partial', copies: { quorum: 2, verified: 1 } });
  expect(report.error?.code ?? text).toContain('COPIES_INCOMPLETE');
  expect(report.copies?.to[1]).toMatchObject({ location: 'gone', state: 'failed' });
  mkdirSync(join(rig.directory, 'gone'));
  const later = report.recoveryPoint?.split('/')[1] ?? '';
  expect(await copy('-f', file, '--location', 'store', '--to', 'gone', later)).toMatchObject({
    ...{ kind: 'copy', target: 'gone', outcome: 'succeeded' },
    points: [{ id: later, state: 'copied' }],
  });
});

it('succeeds where the file says that fewer are enough', async () => {
  rmSync(join(rig.directory, 'gone'), { recursive: true });
  const { code, text, report } = await backUp(
    write('enough', { quorum: 1, to: [{ location: 'gone' }, { location: 'disk' }] })
  );
  ends({ code, text }, 0);
  expect(report.copies).toMatchObject({ quorum: 1, verified: 1 });
  expect(report.findings.map(({ subject }) => subject).join() + text).toContain('gone');
});

it('copies what is missing, heals what is damaged, and restores when the store is gone', async () => {
  const file = write('plain');
  const again = await copy('-f', file, '--location', 'store', '--to', 'disk', point);
  expect(again.points).toMatchObject([{ id: point, state: 'copied', copiedObjects: 0 }]);

  const folder = join(rig.directory, 'disk/objects/indexes');
  const [first = ''] = readdirSync(folder);
  writeFileSync(join(folder, first), 'damaged');
  expect((await rig.landfall(['points', 'verify', '-f', file, '--location', 'disk'])).code).toBe(1);
  const healed = await copy('-f', file, '--location', 'store', '--to', 'disk');
  expect(healed.points.reduce((sum, one) => sum + one.healed, 0)).toBe(1);
  const verified = await rig.landfall(['points', 'verify', '-f', file, '--location', 'disk']);
  ends({ code: verified.code, text: verified.stderr + verified.stdout }, 0);

  rmSync(join(rig.lab.s3.dataDirectory, rig.lab.s3.bucket, `${rig.prefix}-copies`), { recursive: true });
  const restored = await rig.landfall(['restore', point, '-f', file, '--location', 'disk', '--to', 'target', '--yes']);
  ends({ code: restored.code, text: restored.stderr + restored.stdout }, 0);
  const found = await rig.target.get(`/api/v1/namespaces/${namespace}/configmaps/settings`);
  expect(JSON.stringify(found)).toContain('red');
});

it('refuses a Location for its own copy, and one that is not in the file', async () => {
  const file = write('refused');
  for (const to of ['disk', 'nowhere']) {
    const refused = await rig.landfall(['points', 'copy', '-f', file, '--location', 'disk', '--to', to]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('CONFIG_INVALID')]);
  }
});
