import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { velero, veleroPluginForAws } from '../../lab/binaries/catalogue.ts';
import type { ClusterName } from '../../lab/index.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import { run } from '../../src/host/command.ts';
import { endProcess } from '../../src/host/end-process.ts';
import { identifyProcess } from '../../src/host/process-identity.ts';
import { waitFor } from '../../src/host/wait.ts';
import { cpuSeconds, peakRssBytes } from './host.ts';
import type { Place } from './place.ts';

/** What moving objects with a backup and a restore cost. */
export interface VeleroCost {
  readonly backupMs: number;
  readonly restoreMs: number;
  /** Processor seconds of the server on each side, its plugin's included. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly peakRssBytes: number;
  readonly targetCalls: number;
  readonly objects: number;
}

export interface Velero {
  /** Backs the namespaces up and restores them under other names; times the two, not the wait for the catalogue. */
  move(request: {
    readonly name: string;
    readonly mapping: Readonly<Record<string, string>>;
    readonly flags: readonly string[];
  }): Promise<VeleroCost>;
}

const group = '/apis/velero.io/v1/namespaces/velero';
const pollMs = 200;
const veryLongMs = 60 * 60_000;

/** Installs Velero as `velero install` does, but for the pod: the server runs as a process, one cluster at a time. */
export async function installVelero(place: Place, onProgress: (message: string) => void): Promise<Velero> {
  const server = await resolveBinary(velero, { onProgress });
  const plugin = await resolveBinary(veleroPluginForAws, { onProgress });
  const directory = join(place.lab.stateDirectory, 'velero');
  const plugins = join(directory, 'plugins');
  mkdirSync(plugins, { recursive: true });
  const link = join(plugins, 'velero-plugin-for-aws');
  if (existsSync(link)) rmSync(link);
  symlinkSync(plugin.path, link);
  const { stdout } = await run(server.path, ['install', '--crds-only', '--dry-run', '-o', 'yaml']);
  for (const side of ['source', 'target'] as const) await prepare(place, side, stdout);
  return { move: (request) => move({ place, binary: server.path, directory, plugins }, request) };
}

async function prepare(place: Place, side: ClusterName, definitions: string): Promise<void> {
  const { s3 } = place.lab;
  const post = async (collection: string, object: object): Promise<void> => {
    const answer = await place.admin[side].call('POST', collection, {
      type: 'application/json',
      text: JSON.stringify(object),
    });
    if (answer.status >= 300 && answer.status !== 409)
      throw new Error(`${collection}: ${answer.status} ${answer.text}`);
  };
  const lists = parseAllDocuments(definitions).map((document) => document.toJS() as { items?: object[] } | null);
  for (const definition of lists.flatMap((list) => list?.items ?? [])) {
    await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  }
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'velero' } });
  await waitFor(() => place.admin[side].get(`${group}/backupstoragelocations`), {
    what: 'the kinds of Velero',
    deadlineMs: 60_000,
  });
  await post(`${group}/backupstoragelocations`, {
    apiVersion: 'velero.io/v1',
    kind: 'BackupStorageLocation',
    metadata: { name: 'default', namespace: 'velero' },
    spec: {
      provider: 'aws',
      default: true,
      // The catalogue is waited for outside of what is timed.
      ...(side === 'target' ? { backupSyncPeriod: '2s' } : {}),
      validationFrequency: '2s',
      objectStorage: { bucket: s3.bucket, prefix: 'velero' },
      config: { region: s3.region, s3ForcePathStyle: 'true', s3Url: s3.endpoint },
    },
  });
  // The restore looks its own Deployment up; without nodes it never runs.
  const labels = { component: 'velero' };
  const container = { name: 'velero', image: 'velero/velero:v1.18.3' };
  await post('/apis/apps/v1/namespaces/velero/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'velero', namespace: 'velero' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  });
}

interface Installed {
  readonly place: Place;
  readonly binary: string;
  readonly directory: string;
  readonly plugins: string;
}

async function move(
  installed: Installed,
  { name, mapping, flags }: Parameters<Velero['move']>[0]
): Promise<VeleroCost> {
  const { place } = installed;
  const common = { apiVersion: 'velero.io/v1', metadata: { name, namespace: 'velero' } };
  const callsBefore = await place.calls('velero', 'target');
  const backup = await withServer(installed, 'source', flags, () =>
    timed(place, 'source', `${group}/backups`, {
      ...common,
      kind: 'Backup',
      spec: { includedNamespaces: Object.keys(mapping), storageLocation: 'default', ttl: '24h0m0s' },
    })
  );
  const restore = await withServer(installed, 'target', flags, async () => {
    await waitFor(() => place.admin.target.get(`${group}/backups/${name}`), {
      what: 'the backup in the catalogue of the target',
      deadlineMs: 300_000,
    });
    return timed(place, 'target', `${group}/restores`, {
      ...common,
      kind: 'Restore',
      spec: { backupName: name, namespaceMapping: mapping },
    });
  });
  const itemsRestored = restore.result.status?.progress?.itemsRestored ?? 0;
  return {
    backupMs: backup.result.ms,
    restoreMs: restore.result.ms,
    cpu: { 'velero source': backup.cpu, 'velero target': restore.cpu },
    peakRssBytes: Math.max(backup.peakRssBytes, restore.peakRssBytes),
    targetCalls: (await place.calls('velero', 'target')) - callsBefore,
    objects: itemsRestored,
  };
}

interface Served<T> {
  readonly result: T;
  readonly cpu: number;
  readonly peakRssBytes: number;
}

/** One server at a time: both would listen on the same ports of this machine. */
async function withServer<T>(
  { place, binary, directory, plugins }: Installed,
  side: ClusterName,
  flags: readonly string[],
  work: () => Promise<T>
): Promise<Served<T>> {
  const logFile = join(directory, `${side}.log`);
  const log = openSync(logFile, 'a');
  const startedAt = Date.now();
  const child = spawn(
    binary,
    [
      'server',
      `--plugin-dir=${plugins}`,
      '--namespace=velero',
      `--kubeconfig=${place.kubeconfig('velero', side)}`,
      ...flags,
    ],
    {
      stdio: ['ignore', log, log],
      cwd: directory,
      env: {
        ...process.env,
        AWS_SHARED_CREDENTIALS_FILE: place.lab.s3.credentialsFile,
        VELERO_NAMESPACE: 'velero',
        VELERO_SCRATCH_DIR: directory,
      },
    }
  );
  closeSync(log);
  const killAtExit = (): boolean => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const { pid } = child;
  const identity = pid === undefined ? undefined : identifyProcess(pid);
  if (pid === undefined || identity === undefined) throw new Error(`velero did not start; log: ${logFile}`);
  try {
    await waitFor(() => isAvailable(place, side, startedAt), {
      what: `velero on ${side} to see its storage`,
      deadlineMs: 180_000,
      logFile,
      unrecoverable: () => (child.exitCode === null ? undefined : `velero ended with ${child.exitCode}`),
    });
    // Plugins are processes of the server that it ends and waits for, so their time is counted with its own.
    const before = cpuSeconds(pid);
    const result = await work();
    return { result, cpu: cpuSeconds(pid) - before, peakRssBytes: peakRssBytes(pid) };
  } finally {
    process.off('exit', killAtExit);
    await endProcess(identity, 15_000);
  }
}

interface Phased {
  readonly status?: {
    readonly phase?: string;
    readonly lastValidationTime?: string;
    readonly progress?: { readonly itemsRestored?: number; readonly itemsBackedUp?: number };
  };
}

/** Whether this very server has seen its storage: what an earlier one saw is still written there. */
async function isAvailable(place: Place, side: ClusterName, startedAt: number): Promise<true | undefined> {
  const location = await place.admin[side].get<Phased>(`${group}/backupstoragelocations/default`);
  const { phase, lastValidationTime = '' } = location?.status ?? {};
  return phase === 'Available' && Date.parse(lastValidationTime) > startedAt ? true : undefined;
}

/** Creates a Backup or Restore and waits for its end. */
async function timed(
  place: Place,
  side: ClusterName,
  collection: string,
  object: { readonly kind: string; readonly metadata: { readonly name: string }; readonly spec: object }
): Promise<Phased & { readonly ms: number }> {
  const admin = place.admin[side];
  const startedAt = performance.now();
  const answer = await admin.call('POST', collection, { type: 'application/json', text: JSON.stringify(object) });
  if (answer.status >= 300) throw new Error(`${collection}: ${answer.status} ${answer.text}`);
  const path = `${collection}/${object.metadata.name}`;
  const ended = await waitFor(
    async () => {
      const found = await admin.get<Phased>(path);
      const phase = found?.status?.phase ?? '';
      return /Completed|Failed/.test(phase) ? found : undefined;
    },
    { what: `${path} to end`, deadlineMs: veryLongMs, intervalMs: pollMs }
  );
  const phase = ended.status?.phase ?? '';
  if (phase !== 'Completed') throw new Error(`${path} ended as ${phase}: ${JSON.stringify(ended.status)}`);
  return { ...ended, ms: performance.now() - startedAt };
}
