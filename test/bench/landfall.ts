import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { BackupSpec, MigrationSpec, PointSpec, RestoreSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';
import type { RunEvent } from '../../src/core/run/events.ts';
import { largePayloads } from '../../src/engine/large-payloads.ts';
import { workerArguments, workerEnvironment } from '../../src/engine/worker-process.ts';
import { endProcess } from '../../src/host/end-process.ts';
import { identifyProcess } from '../../src/host/process-identity.ts';
import { waitFor } from '../../src/host/wait.ts';
import { cpuSeconds, peakRssBytes } from './host.ts';
import type { Place } from './place.ts';

/** What a migration of objects cost. */
export interface MigrationCost {
  readonly ms: number;
  /** Seconds of processor time by process. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  readonly workerPeakRssBytes: number;
  readonly targetCalls: number;
  readonly sourceCalls: number;
  readonly objects: number;
  readonly historyEvents: number;
  readonly historyBytes: number;
}

/** What an assessment without pods and registries cost. */
export interface AssessCost extends Pick<MigrationCost, 'ms' | 'cpu' | 'targetCalls' | 'sourceCalls'> {
  /** Of each step, in the order they ended. */
  readonly steps: readonly { readonly id: string; readonly ms: number }[];
  readonly workerPeakRssBytes: number;
}

/** A real worker process of its own queue, and the migrations it runs. */
export interface Landfall {
  readonly pid: number;
  migrate(request: MigrateRequest): Promise<MigrationCost>;
  /** The recovery point has the name of the request as its id. */
  backup(request: MigrateRequest): Promise<MigrationCost>;
  restore(request: MigrateRequest, point: PointSpec): Promise<MigrationCost>;
  assess(request: MigrateRequest): Promise<AssessCost>;
  end(): Promise<void>;
}

export interface MigrateRequest {
  readonly namespaces: readonly string[];
  /** Put before each name on the target, so that every run meets empty namespaces. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly name: string;
  /** Where in the bucket; absent: below its name, where nothing is yet. */
  readonly prefix?: string;
  /** Absent: `none`. */
  readonly encryption?: S3LocationSpec['encryption'];
}

/** The specification of a migration of objects between the clusters of a place. */
export function specOf(place: Place, request: MigrateRequest): MigrationSpec {
  const { name, namespaces, mapping } = request;
  const { clusters } = place.lab;
  const cluster = (side: 'source' | 'target') => ({
    name: side,
    kubeconfig: { path: place.kubeconfig('landfall', side), context: clusters[side].context },
    platform: 'generic' as const,
  });
  return {
    name,
    source: cluster('source'),
    target: cluster('target'),
    location: locationOf(place, request),
    scope: {
      namespaces,
      excludeNamespaces: [],
      kinds: [],
      excludeKinds: [],
      labelSelector: '',
      clusterScoped: 'dependencies',
    },
    namespaceMapping: mapping,
    storageClasses: {},
    transforms: [],
    existingResourcePolicy: 'skip',
    volumes: { mode: 'none', parallel: 2, snapshotClass: '', withoutSnapshot: 'fail', timeoutMs: 3_600_000 },
    hooks: { pre: [], post: [] },
    landfallNamespace: 'landfall-system',
    moverImage: 'none',
    dryRun: false,
    onFailure: 'rollback',
  };
}

/** Where a run of a place stores what it captures. */
export function locationOf(
  { lab: { s3 } }: Place,
  { name, prefix = `${name}/`, encryption = 'none' }: Omit<MigrateRequest, 'namespaces' | 'mapping'>
): S3LocationSpec {
  return {
    ...{ name: 's3', provider: 's3', bucket: s3.bucket, prefix, region: s3.region, endpoint: s3.endpoint },
    ...{ forcePathStyle: true, encryption, credentials: { file: s3.credentialsFile, profile: 'default' } },
  };
}

/** Starts the worker as the local engine starts it. */
export async function startLandfall(place: Place, queue: string): Promise<Landfall> {
  const { address } = place.lab.temporal;
  const logFile = join(place.lab.stateDirectory, 'logs', `${queue}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...workerArguments(['--task-queue', queue, '--own-files'])], {
    stdio: ['ignore', log, log],
    env: workerEnvironment({ ...process.env, TEMPORAL_ADDRESS: address }),
  });
  closeSync(log);
  const { pid } = child;
  process.once('exit', () => child.kill('SIGKILL'));
  const identity = pid === undefined ? undefined : identifyProcess(pid);
  if (pid === undefined || identity === undefined) throw new Error('the worker did not start');
  await waitFor(() => readFileSync(logFile, 'utf8').includes('polling') || undefined, {
    what: 'the worker to poll',
    deadlineMs: 120_000,
    logFile,
    unrecoverable: () => (child.exitCode === null ? undefined : `the worker ended with ${child.exitCode}`),
  });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, dataConverter: { payloadCodecs: [largePayloads] } });
  return {
    pid,
    migrate: (request) => run({ place, client, queue, pid }, 'migrate', specOf(place, request)),
    backup: (request) => run({ place, client, queue, pid }, 'backup', backupOf(specOf(place, request))),
    restore: (request, point) =>
      run({ place, client, queue, pid }, 'restore', restoreOf(specOf(place, request), point)),
    assess: (request) => assess({ place, client, queue, pid }, request),
    async end() {
      await connection.close();
      await endProcess(identity, 30_000);
    },
  };
}

interface Running {
  readonly place: Place;
  readonly client: Client;
  readonly queue: string;
  readonly pid: number;
}

function backupOf({ target: _, point: __, ...spec }: MigrationSpec): BackupSpec {
  return spec;
}

function restoreOf({ source: { name, platform }, ...spec }: MigrationSpec, point: PointSpec): RestoreSpec {
  return { ...spec, source: { name, platform }, point };
}

type Kind = 'migrate' | 'backup' | 'restore';

/** From its start to its result, as whoever waits for it sees it. */
async function run(
  { place, client, queue, pid }: Running,
  kind: Kind,
  spec: MigrationSpec | BackupSpec | RestoreSpec
): Promise<MigrationCost> {
  const { name } = spec;
  const before = await reading(place, pid);
  const startedAt = performance.now();
  const handle = await client.workflow.start(kind, {
    workflowId: `${kind === 'migrate' ? 'migration' : kind}/${name}`,
    taskQueue: queue,
    args: [{ runId: name, spec }],
  });
  const outcome: { readonly outcome: string } = await handle.result();
  const ms = performance.now() - startedAt;
  const after = await reading(place, pid);
  const events = await handle.query<readonly RunEvent[], [number]>('events', 0);
  const result = events.find((event) => event.type === 'result');
  if (outcome.outcome !== 'succeeded') throw new Error(`${name} ended as ${JSON.stringify(result)}`);
  const { historyLength, historySize = 0 } = await handle.describe();
  const counts = result?.type === 'result' ? result.counts : undefined;
  return {
    ms,
    cpu: difference(after.cpu, before.cpu),
    phases: (result?.type === 'result' ? result.phases : undefined) ?? [],
    workerPeakRssBytes: peakRssBytes(pid),
    targetCalls: after.calls.target - before.calls.target,
    sourceCalls: after.calls.source - before.calls.source,
    objects: (kind === 'backup' ? counts?.captured : counts?.applied) ?? 0,
    historyEvents: historyLength,
    historyBytes: historySize,
  };
}

async function assess({ place, client, queue, pid }: Running, request: MigrateRequest): Promise<AssessCost> {
  const before = await reading(place, pid);
  const startedAt = performance.now();
  const input = { runId: request.name, spec: specOf(place, request), exitCodeOnWarnings: false };
  const handle = await client.workflow.start('assess', {
    workflowId: `assessment/${request.name}`,
    taskQueue: queue,
    args: [{ ...input, probes: { storage: false, external: false, images: false } }],
  });
  await handle.result();
  const ms = performance.now() - startedAt;
  const after = await reading(place, pid);
  const events = await handle.query<readonly RunEvent[], [number]>('events', 0);
  return {
    ms,
    cpu: difference(after.cpu, before.cpu),
    steps: events.flatMap((event) => (event.type === 'step.done' ? [{ id: event.step.id, ms: event.durationMs }] : [])),
    workerPeakRssBytes: peakRssBytes(pid),
    targetCalls: after.calls.target - before.calls.target,
    sourceCalls: after.calls.source - before.calls.source,
  };
}

const parts = ['source/kube-apiserver', 'source/etcd', 'target/kube-apiserver', 'target/etcd', 's3', 'temporal'];

async function reading(place: Place, pid: number) {
  const [source, target] = await Promise.all([place.calls('landfall', 'source'), place.calls('landfall', 'target')]);
  const cpu: Record<string, number> = { worker: cpuSeconds(pid) };
  for (const part of parts) cpu[part] = place.cpuOf(part);
  return { cpu, calls: { source, target } };
}

/** What each process used between two readings. */
export function difference(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>
): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
}
