import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import type { Lab } from '../../../lab/index.ts';
import { recipientIn } from '../../../lab/demo/configuration.ts';
import type { LocationSpec } from '../../../src/core/spec/spec.ts';
import { loadFile } from '../../../src/model/load-file.ts';
import { openLocation } from '../../../src/locations/open-location.ts';
import type { Location } from '../../../src/ports/location.ts';

const container = 'three-copies';

/** A backup of the demo's application on the source, in three stores of three kinds; and what is left when most of it is gone. */
export interface ThreeCopies {
  /** As it is used every day. */
  readonly file: string;
  /** The identity that is not used every day. */
  readonly offlineIdentity: string;
  /** Names the target, two of the stores and a new one, and opens them with what was exported of the key. */
  readonly fileAfterwards: (exported: string) => string;
  /** Everything in the first store goes; in the second one object is changed, one removed and one cut off. */
  strike(): Promise<void>;
}

/** Writes the files, and takes away what an earlier run has left. */
export async function prepareThreeCopies(lab: Lab): Promise<ThreeCopies> {
  const directory = join(lab.stateDirectory, 'three-copies');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'offsite'), { recursive: true });
  const service = BlobServiceClient.fromConnectionString(lab.azurite.connectionString);
  await service.getContainerClient(container).deleteIfExists();
  await service.createContainer(container);
  const identity = join(directory, 'worker.txt');
  const offlineIdentity = join(directory, 'offline.txt');
  const recipients = [await recipientIn(identity), await recipientIn(offlineIdentity)];
  const keyFile = join(directory, 'account-key');
  writeFileSync(keyFile, lab.azurite.key, { mode: 0o600 });
  const write = (name: string, documents: readonly object[]): string => {
    const file = join(directory, name);
    writeFileSync(file, documents.map((one) => JSON.stringify(one, null, 1)).join('\n---\n'));
    return file;
  };
  // Without what an earlier run has left in the bucket.
  const folder = `three-copies-${Date.now()}`;
  const places = (opens: string): readonly object[] => {
    const encryption = { recipients, identity: { file: opens } };
    const { endpoint, region, bucket, credentialsFile } = lab.s3;
    const s3 = { endpoint, region, bucket, forcePathStyle: true, credentials: { file: credentialsFile } };
    const azure = { endpoint: lab.azurite.endpoint, account: lab.azurite.account, accountKey: { file: keyFile } };
    return [
      document('Location', 'first', { provider: 's3', ...s3, prefix: `${folder}/first`, encryption }),
      document('Location', 'second', { provider: 'azure', ...azure, container, encryption }),
      document('Location', 'offsite', { provider: 'filesystem', path: join(directory, 'offsite'), encryption }),
      document('Location', 'new', { provider: 's3', ...s3, prefix: `${folder}/new`, encryption }),
    ];
  };
  const cluster = (side: 'source' | 'target'): object =>
    document('Cluster', side, { kubeconfig: { path: lab.clusters[side].kubeconfig } });
  const backup = document('Backup', 'demo', {
    ...{ source: 'source', location: 'first', scope: { namespaces: ['shop', 'backoffice'] } },
    copies: { quorum: 2, to: [{ location: 'second' }, { location: 'offsite' }] },
  });
  const file = write('backup.yaml', [cluster('source'), ...places(identity).slice(0, 3), backup]);
  return {
    file,
    offlineIdentity,
    fileAfterwards: (exported) => write('afterwards.yaml', [cluster('target'), ...places(exported).slice(1)]),
    async strike() {
      const { locations } = await loadFile(file);
      for (const spec of locations) {
        if (spec.name === 'first') await within(spec, removeAll);
        if (spec.name === 'second') await within(spec, damage);
      }
      rmSync(identity);
    },
  };
}

function document(kind: string, name: string, spec: object): object {
  return { apiVersion: 'landfall.dev/v1alpha1', kind, metadata: { name }, spec };
}

/** As somebody without the key sees it. */
async function within(spec: LocationSpec, body: (location: Location) => Promise<void>): Promise<void> {
  const location = await openLocation({ ...spec, encryption: 'none' });
  try {
    await body(location);
  } finally {
    await location.close();
  }
}

async function removeAll(location: Location): Promise<void> {
  for (const key of await keysOf(location, '')) await location.delete(key);
}

async function damage(location: Location): Promise<void> {
  const [changed = '', ...segments] = await keysOf(location, 'objects/segments/');
  const [removed = await oneOf(location, 'objects/indexes/')] = segments;
  const cutOff = await oneOf(location, 'volumes/p');
  const bytes = await location.read(changed);
  await location.put(changed, bytes.with(bytes.length >> 1, (bytes.at(bytes.length >> 1) ?? 0) ^ 1));
  await location.delete(removed);
  await location.put(cutOff, (await location.read(cutOff)).subarray(0, 1000));
}

async function oneOf(location: Location, start: string): Promise<string> {
  const [key] = await keysOf(location, start);
  if (key === undefined) throw new Error(`nothing begins with ${start}`);
  return key;
}

function keysOf(location: Location, start: string): Promise<string[]> {
  return Array.fromAsync(location.list(start), ({ key }) => key);
}
