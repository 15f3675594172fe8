import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { ApiClient } from '../../lab/api-client.ts';
import type { Lab } from '../../lab/index.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { ResultEvent, RunEvent } from '../../src/core/run/events.ts';
import type { RunReport } from '../../src/core/run/report.ts';
import { endProcess } from '../../src/host/end-process.ts';
import { identifyProcess } from '../../src/host/process-identity.ts';
import { waitFor } from '../../src/host/wait.ts';
import { keepHistories } from './keep-histories.ts';
import { useLightLab } from './light-lab.ts';

/** A command that ended: what it said, its exit code, and how long the person before it waited. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A migration that ended, as `-o json` reports it. */
export interface MigrationRun extends CliRun {
  readonly events: readonly RunEvent[];
  /** Undefined when the command ended before a run existed. */
  readonly result: ResultEvent | undefined;
  /** The error of the run, or what the command printed instead of a run. */
  readonly error: ErrorDetail | undefined;
  readonly report: RunReport | undefined;
}

/** The three kinds of document of one migration; only what differs from a plain one is given. */
export interface MigrationInput {
  readonly name?: string;
  readonly source?: object;
  readonly target?: object;
  readonly location?: object;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The real command with a worker of its own on the light lab. */
export interface CliRig {
  readonly lab: Lab;
  /** Where its commands and workers find Temporal. */
  readonly temporal: { readonly TEMPORAL_ADDRESS: string; readonly TEMPORAL_NAMESPACE: string };
  /** Scratch directory, removed at the end. */
  readonly directory: string;
  /** Unique to this rig: a prefix for namespaces and names. */
  readonly prefix: string;
  readonly source: ApiClient;
  readonly target: ApiClient;
  landfall(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<CliRun>;
  /** Writes the file of a migration and returns its path. */
  write(input: MigrationInput): string;
  migrate(input: MigrationInput, args?: readonly string[]): Promise<MigrationRun>;
  /** Makes a namespace on one side that goes when the rig ends. */
  namespace(side: 'source' | 'target', name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** Creates an object at its collection path, such as `/api/v1/namespaces/x/configmaps`; refusals are errors. */
  create(side: 'source' | 'target', collection: string, object: object): Promise<void>;
  /** Runs when the rig ends, newest first. */
  onEnd(work: () => Promise<unknown>): void;
  end(): Promise<void>;
}

const command = fileURLToPath(new URL('../../bin/landfall.mjs', import.meta.url));
const workerMain = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

interface RigOptions {
  /** False: the test starts its own. */
  readonly worker?: boolean;
  /** Another lab than the one all tests share. */
  readonly lab?: Lab;
}

/** Brings up the lab, a Temporal namespace of its own and a worker on it, unless the test starts its own. */
export async function startCliRig(name: string, { worker = true, lab: given }: RigOptions = {}): Promise<CliRig> {
  const lab = given ?? (await useLightLab());
  const prefix = `${name}-${randomBytes(2).toString('hex')}`;
  const directory = mkdtempSync(join(tmpdir(), `landfall-${prefix}-`));
  const ends: (() => Promise<unknown>)[] = [async () => rmSync(directory, { recursive: true, force: true })];
  ends.push(async () => removeStored(lab, prefix));
  const temporal = { TEMPORAL_ADDRESS: lab.temporal.address, TEMPORAL_NAMESPACE: prefix };
  const env = { ...process.env, ...temporal };
  await registerNamespace(lab.temporal.address, prefix);
  if (worker) ends.push(await startWorker(join(directory, 'worker.log'), env));
  const clients = {
    source: new ApiClient(lab.clusters.source.kubeconfig),
    target: new ApiClient(lab.clusters.target.kubeconfig),
  };
  ends.push(() => Promise.all([clients.source.close(), clients.target.close()]));
  let files = 0;

  const rig: CliRig = {
    lab,
    temporal,
    directory,
    prefix,
    ...clients,
    landfall: (args, more = {}) => runCommand(args, { ...env, ...more }),
    write(input) {
      const file = join(directory, `landfall-${++files}.yaml`);
      writeFileSync(file, documents(lab, { name: `${prefix}-${files}`, ...input }));
      return file;
    },
    async migrate(input, args = []) {
      const file = rig.write(input);
      const reportFile = `${file}.report.json`;
      const ended = await rig.landfall(['migrate', '-f', file, '-o', 'json', '--report', reportFile, ...args]);
      return readRun(ended, reportFile);
    },
    async namespace(side, namespace, labels = {}) {
      const metadata = { name: namespace, labels };
      await rig.create(side, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
      rig.onEnd(() => clients[side].call('DELETE', `/api/v1/namespaces/${namespace}`));
      // What the controllers put into every namespace is there: a test that compares before and after sees it in both.
      for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
        const probe = () => clients[side].get(`/api/v1/namespaces/${namespace}/${path}`);
        await waitFor(probe, { what: `${path} of namespace ${namespace}`, deadlineMs: 60_000 });
      }
    },
    async create(side, collection, object) {
      const body = { type: 'application/json', text: JSON.stringify(object) };
      const answer = await clients[side].call('POST', collection, body);
      if (answer.status >= 300) throw new Error(`${collection} answered ${answer.status}: ${answer.text}`);
    },
    onEnd: (work) => void ends.push(work),
    async end() {
      await keepHistories(lab.temporal.address, prefix);
      for (const work of ends.toReversed()) await work();
    },
  };
  return rig;
}

async function registerNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const { workflowService } = connection;
    await workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await waitFor(() => workflowService.listOpenWorkflowExecutions({ namespace }).then(() => true), {
      what: `Temporal namespace ${namespace}`,
      deadlineMs: 60_000,
    });
  } finally {
    await connection.close();
  }
}

async function startWorker(logFile: string, env: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const log = openSync(logFile, 'a');
  const args = ['--disable-warning=ExperimentalWarning', workerMain, '--own-files'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', log, log], env });
  closeSync(log);
  await waitFor(() => readFileSync(logFile, 'utf8').includes('polling') || undefined, {
    what: 'the worker to poll',
    deadlineMs: 60_000,
    logFile,
    unrecoverable: () => (child.exitCode === null ? undefined : `the worker ended with ${child.exitCode}`),
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  return async () => {
    if (identity !== undefined) await endProcess(identity, 5_000);
  };
}

function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CliRun> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [command, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('close', (code) =>
      resolve({ code: code ?? -1, stdout, stderr, ms: Math.round(performance.now() - startedAt) })
    );
  });
}

function documents(lab: Lab, input: MigrationInput & { name: string }): string {
  const apiVersion = 'landfall.dev/v1alpha1';
  const { s3, clusters } = lab;
  const cluster = (side: 'source' | 'target', spec: object) => ({
    apiVersion,
    kind: 'Cluster',
    metadata: { name: side },
    spec: { kubeconfig: { path: clusters[side].kubeconfig }, ...spec },
  });
  const store = {
    provider: 's3',
    encryption: 'none',
    endpoint: s3.endpoint,
    region: s3.region,
    bucket: s3.bucket,
    prefix: input.name,
    credentials: { file: s3.credentialsFile },
  };
  const all = [
    cluster('source', input.source ?? {}),
    cluster('target', input.target ?? {}),
    { apiVersion, kind: 'Location', metadata: { name: 'store' }, spec: input.location ?? store },
    {
      apiVersion,
      kind: 'Migration',
      metadata: { name: input.name },
      spec: { source: 'source', target: 'target', location: 'store', volumes: { mode: 'none' }, ...input.spec },
    },
  ];
  return all.map((document) => JSON.stringify(document, null, 2)).join('\n---\n');
}

/** What a command that watched a run has printed. */
export function readRun(ended: CliRun, reportFile: string): MigrationRun {
  const events = ended.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RunEvent);
  const result = events.find((event) => event.type === 'result');
  const printed = ended.stderr.trim().split('\n').at(-1) ?? '';
  return {
    ...ended,
    events,
    result,
    error: result?.error ?? (printed.startsWith('{') ? (JSON.parse(printed) as ErrorDetail) : undefined),
    report: readReport(reportFile),
  };
}

/** Every migration of a rig stores below its own name, which begins with the prefix. */
function removeStored(lab: Lab, prefix: string): void {
  const bucket = join(lab.s3.dataDirectory, lab.s3.bucket);
  for (const name of readdirSync(bucket).filter((one) => one.startsWith(prefix))) {
    rmSync(join(bucket, name), { recursive: true, force: true });
  }
}

function readReport(file: string): RunReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunReport;
  } catch {
    return undefined;
  }
}
