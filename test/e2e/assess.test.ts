import { afterAll, beforeAll, expect, it } from 'vitest';
import { kubectlFor } from '../../lab/demo/kubectl.ts';
import { openPlace, type Place } from '../support/e2e/place.ts';
import type { Assessment } from '../../src/assess/assessment.ts';

let place: Place;
let store: string;
let closed: string;

beforeAll(async () => {
  place = await openPlace('assessed');
  store = new URL(place.lab.s3.endpoint).host;
  closed = `${store.split(':')[0] ?? ''}:9`;
  const data = {
    store: `http://${store}/`,
    queue: `amqp://${closed}`,
    database: `postgres://user:never-shown@${closed}/shop`,
  };
  const metadata = { name: 'outside', namespace: place.name };
  await kubectlFor(place.lab, 'source')(
    ['apply', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
  );
  await place.worker();
});

afterAll(() => place?.close());

it('tries storage and external addresses with pods of the target, and leaves nothing of it', async () => {
  const { stdout, stderr } = await place.landfall('assess', '-f', place.file, '-o', 'json', '--no-images').ended;
  if (stdout === '') throw new Error(stderr);
  const { findings, measures, coverage } = JSON.parse(stdout) as Assessment;
  const unreachable = findings.filter(({ code }) => code === 'EXTERNAL_UNREACHABLE').map(({ subject }) => subject);
  console.log(
    JSON.stringify(measures),
    JSON.stringify(coverage),
    JSON.stringify(findings.map(({ code, subject, message }) => [code, subject, message]))
  );
  expect(unreachable).toEqual([closed]);
  expect(findings.map(({ code }) => code)).not.toContain('STORAGE_PROBE_FAILED');
  expect(coverage.notChecked.map(({ id }) => id)).toEqual(['images/registry']);
  expect(measures).toMatchObject({ storageClassesTried: 1, addressesAsked: 2 });
  expect(stdout).not.toContain('never-shown');
  const remaining = await kubectlFor(place.lab, 'target')(['get', 'namespaces,volumesnapshotcontents', '-o', 'name']);
  expect(remaining).not.toMatch(/landfall-assess|snapcontent/);
});
