import { Client, Connection, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { AssessInput } from '../core/assess/contract.ts';
import { LandfallError } from '../core/errors.ts';
import type { MigrationSpec } from '../core/spec/spec.ts';
import { resolveTemporal } from '../engine/address.ts';
import type { AddressFlags } from '../engine/address.ts';
import { ensureLocalEngine } from '../engine/local-engine.ts';

/** The queue workers of this version take work from; also in worker/options.ts. */
const taskQueue = 'landfall';

export interface RunSummary {
  readonly run: string;
  readonly name: string;
  readonly status: string;
  readonly started: string;
  readonly ended: string;
}

/** The runs of one Temporal namespace, as the commands need them. */
export interface RunClient {
  readonly local: boolean;
  /** Starts a migration; throws RUN_NAME_IN_USE while one of this name is going on. */
  startMigration(runId: string, spec: MigrationSpec): Promise<WorkflowHandle>;
  /** Starts an assessment; throws RUN_NAME_IN_USE while one of this name is going on. */
  startAssessment(input: AssessInput): Promise<WorkflowHandle>;
  /** Finds a run by its id or by the name of the migration (then the newest). Throws RUN_NOT_FOUND. */
  find(run: string): Promise<{ readonly handle: WorkflowHandle; readonly runId: string }>;
  list(limit: number): Promise<readonly RunSummary[]>;
  readonly client: Client;
  close(): Promise<void>;
}

const workflowPrefix = 'migration/';
const assessmentPrefix = 'assessment/';

/** Connects to Temporal, starting the local engine when no address is configured. Throws ENGINE_UNAVAILABLE. */
export async function openRunClient(flags: AddressFlags, onProgress: (message: string) => void): Promise<RunClient> {
  const temporal = resolveTemporal(flags);
  const { options, namespace } =
    temporal.kind === 'local'
      ? await ensureLocalEngine(temporal.stateDirectory, onProgress).then((engine) => ({
          options: { address: engine.address },
          namespace: engine.namespace,
        }))
      : { options: temporal.config.connectionOptions, namespace: temporal.config.namespace ?? 'default' };
  const connection = await Connection.connect({ ...options, connectTimeout: '7 seconds' }).catch((error: unknown) => {
    throw new LandfallError('ENGINE_UNAVAILABLE', {
      what: `no Temporal server answers at ${options.address ?? 'the configured address'}`,
      cause: error,
    });
  });
  const client = new Client({ connection, namespace });
  return {
    local: temporal.kind === 'local',
    client,
    startMigration: (runId, spec) => startMigration(client, runId, spec),
    startAssessment: (input) => startAssessment(client, input),
    find: (run) => findRun(client, run),
    list: (limit) => listRuns(client, limit),
    close: () => connection.close(),
  };
}

async function startMigration(client: Client, runId: string, spec: MigrationSpec): Promise<WorkflowHandle> {
  try {
    return await client.workflow.start('migrate', {
      workflowId: `${workflowPrefix}${spec.name}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      taskQueue,
      args: [{ runId, spec }],
      memo: { run: runId, name: spec.name },
      staticSummary: `${spec.source.name} -> ${spec.target.name}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new LandfallError('RUN_NAME_IN_USE', {
      what: `a migration named ${spec.name} is already going on`,
      fix: `watch it with \`landfall status ${spec.name}\`, or cancel it with \`landfall cancel ${spec.name}\``,
    });
  }
}

async function startAssessment(client: Client, input: AssessInput): Promise<WorkflowHandle> {
  const { runId, spec } = input;
  try {
    return await client.workflow.start('assess', {
      workflowId: `${assessmentPrefix}${spec.name}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      taskQueue,
      args: [input],
      memo: { run: runId, name: spec.name },
      staticSummary: `${spec.source.name} -> ${spec.target.name}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new LandfallError('RUN_NAME_IN_USE', {
      what: `an assessment of ${spec.name} is already going on`,
      fix: 'wait for its end, or cancel it',
    });
  }
}

async function findRun(client: Client, run: string): Promise<{ handle: WorkflowHandle; runId: string }> {
  // `shop-7f3k` is a run of the migration `shop`; a bare name means its newest run.
  const name = /-[a-z0-9]{4}$/.test(run) ? run.slice(0, -5) : run;
  for (const prefix of [workflowPrefix, assessmentPrefix]) {
    for (const candidate of new Set([run, name])) {
      const found = await newest(client, `${prefix}${candidate}`, candidate);
      if (found !== undefined && (found.runId === run || candidate === run)) return found;
    }
    const older = client.workflow.list({ query: `WorkflowId = '${prefix}${name.replaceAll("'", '')}'` });
    for await (const execution of older) {
      if (execution.memo?.['run'] !== run) continue;
      return { handle: client.workflow.getHandle(execution.workflowId, execution.runId), runId: run };
    }
  }
  throw new LandfallError('RUN_NOT_FOUND', { what: `there is no run ${run}` });
}

async function newest(
  client: Client,
  workflowId: string,
  name: string
): Promise<{ handle: WorkflowHandle; runId: string } | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { memo, runId } = await handle.describe();
    const pinned = client.workflow.getHandle(workflowId, runId);
    return { handle: pinned, runId: textOf(memo, 'run', name) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function listRuns(client: Client, limit: number): Promise<readonly RunSummary[]> {
  const runs: RunSummary[] = [];
  for await (const execution of client.workflow.list({ query: "WorkflowType = 'migrate'" })) {
    runs.push({
      run: textOf(execution.memo, 'run'),
      name: textOf(execution.memo, 'name'),
      status: execution.status.name.toLowerCase(),
      started: execution.startTime.toISOString(),
      ended: execution.closeTime?.toISOString() ?? '',
    });
    if (runs.length >= limit) break;
  }
  return runs;
}

function textOf(memo: Readonly<Record<string, unknown>> | undefined, key: string, otherwise = ''): string {
  const value = memo?.[key];
  return typeof value === 'string' ? value : otherwise;
}

/** A run id people can say: the name and four characters that make it unique. */
export function newRunId(name: string, random: () => number = Math.random): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const suffix = Array.from({ length: 4 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
  return `${name}-${suffix}`;
}
