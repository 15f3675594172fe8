import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { landfall } from '../support/e2e/cli.ts';
import { startWorker } from '../support/e2e/worker.ts';
import { endWithUs } from './children.ts';
import { scopeOf } from './configuration.ts';
import type { Lane } from './lane.ts';

/**
 * Backs up the application of a lane, past its proxies, into a folder of the store of its own: every trial that restores begins with
 * a copy of it. The worker stays for the first trial.
 */
export async function makePoint(lane: Lane): Promise<NonNullable<Lane['point']>> {
  const { lab, name, temporal, directory, kubeconfigs } = lane;
  const { s3 } = lab;
  const of = (kind: string, called: string, spec: object): object => ({
    ...{ apiVersion: 'landfall.dev/v1alpha1', kind, metadata: { name: called }, spec },
  });
  const prefix = `${name}-point`;
  const folder = join(s3.dataDirectory, s3.bucket, prefix);
  rmSync(folder, { recursive: true, force: true });
  const store = {
    ...{ provider: 's3', encryption: 'none', endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, prefix },
    credentials: { file: s3.credentialsFile },
  };
  const documents = [
    of('Cluster', 'source', { kubeconfig: { path: kubeconfigs.source } }),
    of('Location', 'store', store),
    of('Backup', name, { source: 'source', location: 'store', scope: scopeOf(lane), volumes: { mode: 'none' } }),
  ];
  const file = join(directory, 'backup.yaml');
  writeFileSync(file, documents.map((document) => JSON.stringify(document)).join('\n---\n'));
  const env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'default' };
  const worker = await startWorker({ env, logFile: join(directory, 'worker.log') }, []);
  endWithUs(worker, worker.ended);
  lane.idle = worker;
  const report = join(directory, 'backup.json');
  const ended = await landfall(['backup', '-f', file, '--yes', '--quiet', '--report', report], env).ended;
  if (ended.code !== 0) throw new Error(`the backup of ${name} failed: ${ended.stdout}${ended.stderr}`);
  const { run: id } = JSON.parse(readFileSync(report, 'utf8')) as { readonly run: string };
  return { id, folder };
}
