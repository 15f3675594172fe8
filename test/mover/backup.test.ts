import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/run/events.ts';
import type { RunReport } from '../../src/core/run/report.ts';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';
import { makeApplication, namespaceKind, storedThings, useMoverLab, type MoverLab } from './lab.ts';

/** Backups of an application with a volume, from the command line, with nothing of the other cluster. */

const apiVersion = 'landfall.dev/v1alpha1';
const claim = 'ledger';
const dataBytes = 8 << 20;

let place: MoverLab;
let rig: CliRig;
let file: string;
/** The volume as this machine sees it. */
let directory: string;
let before: string[];

beforeAll(async () => {
  place = await useMoverLab();
  rig = await startCliRig('backup', { lab: place.lab });
  directory = await makeApplication(place, place.source, claim);
  // The hooks run as the user of the pod.
  chmodSync(directory, 0o777);
  writeFileSync(join(directory, 'rows'), randomBytes(dataBytes));
  const password = join(rig.directory, 'password');
  writeFileSync(password, 'of the repository', { mode: 0o600 });
  file = write(password);
  before = storedThings(place.lab, 'source');
}, 600_000);

afterAll(async () => {
  await rig.end();
  await place.close();
});

function write(password: string): string {
  const { s3, clusters } = place.lab;
  const hook = { namespace: place.application, podSelector: `app=${claim}`, container: 'main' };
  const pre = [{ ...hook, name: 'freeze', command: ['sh', '-c', 'echo frozen > /data/frozen'] }];
  const post = [{ ...hook, name: 'thaw', command: ['rm', '-f', '/data/frozen'] }];
  const store = {
    ...{ provider: 's3', endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, prefix: `${rig.prefix}-store` },
    ...{ credentials: { file: s3.credentialsFile }, encryption: 'none', repositoryPassword: { file: password } },
  };
  const kubeconfig = { path: clusters.source.kubeconfig };
  const spec = {
    ...{ source: 'west', location: 'store', scope: { namespaces: [place.application] } },
    ...{ hooks: { pre, post }, moverImage: place.image },
  };
  const documents = [
    { apiVersion, kind: 'Cluster', metadata: { name: 'west' }, spec: { kubeconfig } },
    { apiVersion, kind: 'Location', metadata: { name: 'store' }, spec: store },
    { apiVersion, kind: 'Backup', metadata: { name: 'ledger' }, spec },
  ];
  const path = join(rig.directory, 'backup.yaml');
  writeFileSync(path, documents.map((document) => JSON.stringify(document, null, 2)).join('\n---\n'));
  return path;
}

async function backUp(): Promise<{ readonly report: RunReport; readonly events: readonly RunEvent[] }> {
  const path = join(rig.directory, 'report.json');
  const { code, stdout, stderr } = await rig.landfall(['backup', '-f', file, '-o', 'json', '--report', path]);
  if (code !== 0) throw new Error(stdout.slice(-4_000) + stderr);
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));
  return { report: JSON.parse(readFileSync(path, 'utf8')) as RunReport, events };
}

async function expectNothingLeft(): Promise<void> {
  expect(storedThings(place.lab, 'source')).toEqual(before);
  expect(existsSync(join(directory, 'frozen'))).toBe(false);
  const own = { resource: namespaceKind, namespace: '', name: 'landfall-system' };
  expect(await place.source.get(own)).toBeUndefined();
}

test('the data of a claim is taken inside the freeze, the source serves again, and nothing is left on it', async () => {
  const { report, events } = await backUp();
  expect(report).toMatchObject({ kind: 'backup', outcome: 'succeeded', sides: { source: 'serving' } });
  const [volume] = report.volumes;
  expect(report.volumes).toHaveLength(1);
  // What the pre hook wrote is in the snapshot, and the post hook has removed it from the volume.
  expect(volume).toMatchObject({ claim: `${place.application}/${claim}`, files: 2 });
  expect(volume?.bytes).toBeGreaterThanOrEqual(dataBytes);
  expect(volume?.newBytes).toBeGreaterThanOrEqual(dataBytes);
  expect(volume).not.toHaveProperty('targetTree');
  expect(volume).not.toHaveProperty('equal');
  const sides = events.flatMap((event) => (event.type === 'side' ? [event.source] : []));
  expect(sides).toEqual(['serving', 'frozen', 'serving']);
  await expectNothingLeft();

  const listed = await rig.landfall(['points', 'list', '-f', file, '-o', 'json']);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ id: report.run, state: 'complete', volumes: 1, usedBy: [] }]);
});

test('a second backup stores less than one per cent of the volume again', async () => {
  const { report } = await backUp();
  const [volume] = report.volumes;
  expect((volume?.newBytes ?? Infinity) / (volume?.bytes ?? 1)).toBeLessThan(0.01);
  await expectNothingLeft();
});

test('a cancel in the middle of an upload thaws, and leaves no point and no snapshot', async () => {
  writeFileSync(join(directory, 'more'), randomBytes(8 * dataBytes));
  const started = await rig.landfall(['backup', '-f', file, '--detach', '-o', 'json']);
  const { run } = JSON.parse(started.stdout) as { run: string };
  await waitFor(
    async () => {
      const { stdout } = await rig.landfall(['status', run, '-o', 'json']);
      return stdout.includes('volumes/upload/') || undefined;
    },
    { what: 'the upload to begin', deadlineMs: 120_000 }
  );
  const cancelled = await rig.landfall(['cancel', run]);
  expect([cancelled.code, cancelled.stdout]).toEqual([7, expect.stringMatching(/^CANCELLED .*; source SERVING/)]);
  const listed = await rig.landfall(['points', 'list', '-f', file, '-o', 'json']);
  expect((JSON.parse(listed.stdout) as { id: string }[]).map(({ id }) => id)).not.toContain(run);
  await expectNothingLeft();
});
