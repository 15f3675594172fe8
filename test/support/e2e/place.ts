import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowExecutionStatusName, WorkflowHandle } from '@temporalio/client';
import { mintKubeconfig, readLab, type Lab } from '../../../lab/index.ts';
import type { RunReport } from '../../../src/core/run/report.ts';
import { waitFor } from '../../../src/host/wait.ts';
import { deploySmallApp } from './app.ts';
import { keepHistories } from '../keep-histories.ts';
import { landfall, type Command } from './cli.ts';
import type { Fault } from './faults.ts';
import { labName } from './lab.ts';
import { startWorker, type TestWorker } from './worker.ts';

export interface PlaceOptions {
  /** Replaces or adds fields of the Migration's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** False: the namespace is deployed by the test itself. */
  readonly deploy?: boolean;
  /** What the application's claim asks for; 64Mi by default. */
  readonly claimSize?: string;
  /** The class of the target that claims are mapped to, when not the lab's own. */
  readonly targetClass?: string;
  /** Who moves, in place of the administrator: may do what the test grants that name. */
  readonly user?: string;
}

/**
 * Where one test works: namespaces of its own on the clusters, a Temporal namespace of its own with workers only it
 * starts, a folder of its own in the store. So tests run side by side without meeting.
 */
export interface Place {
  readonly lab: Lab;
  /** The application's namespace, also the name of the migration. */
  readonly name: string;
  readonly landfallNamespace: string;
  /** The Landfall configuration. */
  readonly file: string;
  readonly reportFile: string;
  /** For whatever the place keeps. */
  readonly directory: string;
  /** For commands of this place: the lab's Temporal, the namespace of this place. */
  readonly env: Readonly<Record<string, string>>;
  worker(faults?: readonly Fault[]): Promise<TestWorker>;
  /** Waits until a fault strikes; rejects when the run is over before. */
  reached(worker: TestWorker, fault: string, run: Command): Promise<void>;
  landfall(...args: string[]): Command;
  /** `landfall migrate` with JSON events and a report file. */
  migrate(): Command;
  handle(): WorkflowHandle;
  status(): Promise<WorkflowExecutionStatusName>;
  /** The id of the newest run. */
  runId(): Promise<string>;
  report(): Promise<RunReport>;
  close(): Promise<void>;
}

/** Opens a place and, by default, deploys the small application there. */
export async function openPlace(name: string, options: PlaceOptions = {}): Promise<Place> {
  const lab = readLab(labName);
  const directory = join(lab.stateDirectory, 'places', name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const landfallNamespace = `landfall-${name}`;
  const file = join(directory, 'landfall.yaml');
  const reportFile = join(directory, 'report.json');
  writeFileSync(file, await configuration(lab, name, options, { landfallNamespace, ...options.spec }));
  const connection = await Connection.connect({ address: lab.temporal.address });
  const [namespace] = await Promise.all([
    ensureTemporalNamespace(connection, `e2e-${name}`),
    options.deploy === false ? undefined : deploySmallApp(lab, name, options.claimSize),
  ]);
  const client = new Client({ connection, namespace });
  const env = {
    TEMPORAL_ADDRESS: lab.temporal.address,
    TEMPORAL_NAMESPACE: namespace,
    REPOSITORY_PASSWORD: 'only for tests',
  };
  const workers: TestWorker[] = [];
  const handle = (): WorkflowHandle => client.workflow.getHandle(`migration/${name}`);
  const command = (...args: string[]): Command => landfall(args, env);
  return {
    ...{ lab, name, landfallNamespace, file, reportFile, directory, env, handle },
    async worker(faults) {
      const logFile = join(directory, 'worker.log');
      const worker = await startWorker({ env, logFile }, faults);
      workers.push(worker);
      return worker;
    },
    async reached(worker, fault, run) {
      const over = run.ended.then(({ code, stderr }) => {
        throw new Error(`the run was over (exit code ${code}) before ${fault}\n${stderr}`);
      });
      await Promise.race([worker.reached(fault), over]);
    },
    landfall: command,
    migrate: () => command('migrate', '-f', file, '-o', 'json', '--report', reportFile),
    status: async () => (await handle().describe()).status.name,
    runId: async () => String((await handle().describe()).memo?.['run']),
    async report() {
      const { stdout, stderr } = await command('report', name, '-o', 'json').ended;
      if (stdout === '') throw new Error(`there is no report: ${stderr}`);
      return JSON.parse(stdout) as RunReport;
    },
    async close() {
      await keepHistories(lab.temporal.address, namespace);
      await Promise.all(workers.map((worker) => worker.kill()));
      await connection.close();
    },
  };
}

async function configuration(
  lab: Lab,
  name: string,
  { targetClass, user }: PlaceOptions,
  spec: Readonly<Record<string, unknown>>
): Promise<string> {
  const of = (kind: string, called: string, content: object): object => ({
    ...{ apiVersion: 'landfall.dev/v1alpha1', kind, metadata: { name: called }, spec: content },
  });
  const documents = [
    ...(await Promise.all(
      (['source', 'target'] as const).map(async (side) => {
        const path = user === undefined ? lab.clusters[side].kubeconfig : await mintKubeconfig(lab, side, { user });
        return of('Cluster', side, { kubeconfig: { path } });
      })
    )),
    of('Location', 'store', {
      ...{
        provider: 's3',
        encryption: 'none',
        endpoint: lab.s3.endpoint,
        region: lab.s3.region,
        bucket: lab.s3.bucket,
      },
      // A store without what earlier runs have left: every effect on it happens again.
      prefix: `${name}-${Date.now()}`,
      credentials: { file: lab.s3.credentialsFile },
      repositoryPassword: { env: 'REPOSITORY_PASSWORD' },
    }),
    of('Migration', name, {
      ...{ source: 'source', target: 'target', location: 'store', scope: { namespaces: [name] } },
      storageClasses: { [lab.clusters.source.storageClass]: targetClass ?? lab.clusters.target.storageClass },
      ...spec,
    }),
  ];
  return documents.map((document) => JSON.stringify(document, null, 1)).join('\n---\n');
}

/** Registers a Temporal namespace and waits until the server works with it. */
async function ensureTemporalNamespace(connection: Connection, namespace: string): Promise<string> {
  const day = { seconds: 86_400 as never };
  await connection.workflowService
    .registerNamespace({ namespace, workflowExecutionRetentionPeriod: day })
    .catch((error: unknown) => {
      if (!String(error).includes('already exists')) throw error;
    });
  const client = new Client({ connection, namespace });
  await waitFor(async () => ((await client.workflow.count()).count >= 0 ? true : undefined), {
    what: `the Temporal namespace ${namespace}`,
    deadlineMs: 60_000,
    intervalMs: 200,
  });
  return namespace;
}
