import { afterAll, beforeAll, expect, test } from 'vitest';
import { findLeftovers } from '../../src/movers/snapshot/leftovers.ts';
import { secrets } from '../../src/movers/snapshot/resources.ts';
import { createTargetClaim, removeTemporaryClaim } from '../../src/movers/snapshot/temporary-claim.ts';
import type { KopiaMoverOptions } from '../../src/movers/kopia/mover.ts';
import type { MoveProgress, MoveRequest } from '../../src/ports/volume-mover.ts';
import { useMoverLab, type MoverLab } from './lab.ts';

let place: MoverLab;

beforeAll(async () => {
  place = await useMoverLab();
  await place.mover('failures').prepareRepository({});
}, 600_000);

afterAll(async () => {
  await place.close();
});

interface Failed {
  readonly error: { readonly code: string; readonly detail: { readonly what: string; readonly why?: string } };
  readonly messages: readonly string[];
}

async function uploadFails(
  jobName: string,
  more: Partial<KopiaMoverOptions>,
  change: Partial<MoveRequest> = {}
): Promise<Failed> {
  const { landfallNamespace, lab } = place;
  const context = place.context('source', 'failures');
  const claimName = `claim-${jobName}`;
  const temporaryClaim = {
    ...{ name: claimName, standsFor: 'x/y', storageClass: lab.clusters.source.storageClass },
    ...{ size: '1Gi', accessModes: ['ReadWriteOnce'] },
  };
  if (change.claimName === undefined) await createTargetClaim({ ...context, landfallNamespace, temporaryClaim });
  const progress: MoveProgress[] = [];
  const mover = place.mover('failures', more);
  const error = await mover
    .upload({
      ...{ cluster: 'source', jobName, runId: 'failures', claimName, volumeId: 'x/y', timeoutMs: 25_000 },
      onProgress: (now) => void progress.push(now),
      ...change,
    })
    .then(
      () => Promise.reject(new Error('the upload succeeded')),
      (reason: Failed['error']) => reason
    );
  await mover.remove({ cluster: 'source', jobName });
  await mover.remove({ cluster: 'source', jobName });
  expect(await place.source.get({ resource: secrets, namespace: landfallNamespace, name: jobName })).toBeUndefined();
  await removeTemporaryClaim({ ...context, landfallNamespace, claimName });
  const namespaces = [landfallNamespace];
  expect(await findLeftovers({ cluster: place.source, runId: 'failures', namespaces })).toEqual([]);
  return { error, messages: [...new Set(progress.map(({ message }) => message))] };
}

test('an image that is not there is reported while waiting and at the end', async () => {
  const { error, messages } = await uploadFails('no-image', { image: 'nowhere.invalid/mover:0' });
  expect(messages.join('\n')).toMatch(/ErrImagePull|ImagePullBackOff/);
  expect(error.code).toBe('VOLUME_MOVER_FAILED');
  expect(error.detail.why).toMatch(/DeadlineExceeded.*(ErrImagePull|ImagePullBackOff|Failed to pull image)/s);
}, 120_000);

test('a claim that is not there is reported by the scheduler', async () => {
  const { error, messages } = await uploadFails('no-claim', {}, { claimName: 'missing', timeoutMs: 8000 });
  expect(messages.join('\n')).toMatch(/Unschedulable.*"missing" not found/);
  expect(error.code).toBe('VOLUME_MOVER_FAILED');
}, 120_000);

test('a wrong password has its code and shows no secret', async () => {
  const { error } = await uploadFails('password', { resolveSecret: wrongPassword });
  expect(error.code).toBe('LOCATION_CREDENTIALS');
  expect(JSON.stringify(error.detail)).not.toContain('not the word');
  expect(JSON.stringify(error.detail)).not.toContain(place.lab.s3.secretAccessKey);
}, 120_000);

async function wrongPassword(from: { readonly file: string } | { readonly env: string }): Promise<string> {
  if ('env' in from) return 'not the word';
  const { readFile } = await import('node:fs/promises');
  return await readFile(from.file, 'utf8');
}

test('wrong keys of the store have a code', async () => {
  const defaultS3Credentials = (): Promise<{ accessKeyId: string; secretAccessKey: string }> =>
    Promise.resolve({ accessKeyId: 'landfall-lab', secretAccessKey: 'wrong-secret-key' });
  const { credentials: _, ...location } = place.location;
  const { error } = await uploadFails('keys', { location, defaultS3Credentials });
  expect(['LOCATION_CREDENTIALS', 'LOCATION_FORBIDDEN']).toContain(error.code);
  expect(JSON.stringify(error.detail)).not.toContain('wrong-secret-key');
}, 120_000);
