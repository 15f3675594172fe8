import { randomBytes } from 'node:crypto';
import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import type { AssessInput } from '../assess/contract.ts';
import { isLandfallError, LandfallError, unknownDetail } from '../core/errors.ts';
import type { ErrorDetail } from '../core/errors.ts';
import type { PruneInput, VerifyInput } from '../core/retention/contract.ts';
import type { CopyInput } from '../core/retention/copy-contract.ts';
import type { WaveInput } from '../core/wave/wave.ts';
import { ambiguousId, idsWrittenAs, isWrittenAs, nameOfRunId, runIdOf } from '../core/identity/run-id.ts';
import { rolesOf } from '../core/run/roles.ts';
import type { RunRoles } from '../core/run/roles.ts';
import type { RunSpec } from '../core/spec/spec.ts';
import { runTaskQueue, sitesOf } from '../core/run/sites.ts';
import { resolveTemporal } from '../engine/address.ts';
import type { AddressFlags } from '../engine/address.ts';
import { largePayloads, refuseTooLarge } from '../engine/large-payloads.ts';
import { ensureLocalEngine, isStopped } from '../engine/local-engine.ts';
import { runStatus } from './run-status.ts';
import { createSiteWorkers, requireWorkers, type SiteWorkers } from './site-workers.ts';
import type { BackupInput, MigrateInput, PlanRunInput, RestoreInput } from '../core/run/context.ts';
import type { ApprovalAnswer, ApproveInput } from '../core/plan/contract.ts';

/** Kinds of runs, by the name of their workflow, with what their workflow ids begin with. */
const prefixes = {
  ...{
    migrate: 'migration/',
    backup: 'backup/',
    restore: 'restore/',
    wave: 'wave/',
    plan: 'plan/',
    assess: 'assessment/',
  },
  ...{ prune: 'prune/', verify: 'verification/', copy: 'copy/' },
} as const;
export type RunKind = keyof typeof prefixes;
const kindsInOrder = Object.keys(prefixes) as RunKind[];

export interface RunSummary {
  readonly run: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly started: string;
  readonly ended: string;
  /** `frozen` where the application on the source stands still; '' where nobody can say. */
  readonly source: string;
}

/** A run that was found. */
export interface FoundRun {
  readonly handle: WorkflowHandle;
  readonly runId: string;
  readonly kind: RunKind;
}

/** The runs of one Temporal namespace, as the commands need them. */
export interface RunClient {
  readonly local: boolean;
  /** Where the Temporal server is. */
  readonly address: string;
  /**
   * Starts again what has ended of the local engine, and says what it did or why it cannot; undefined when it found nothing
   * to do. Absent where the engine is somebody else's.
   */
  readonly revive?: () => Promise<string | undefined>;
  /** Starts a migration; throws RUN_NAME_IN_USE while one of this name is going on. */
  startMigration(input: MigrateInput): Promise<WorkflowHandle>;
  /** Starts a backup; throws RUN_NAME_IN_USE while one of this name is going on. */
  startBackup(input: BackupInput): Promise<WorkflowHandle>;
  /** Starts a restore; throws RUN_NAME_IN_USE while one of this name is going on. */
  startRestore(input: RestoreInput): Promise<WorkflowHandle>;
  startPlan(input: PlanRunInput): Promise<WorkflowHandle>;
  startAssessment(input: AssessInput): Promise<WorkflowHandle>;
  startWave(input: WaveInput): Promise<WorkflowHandle>;
  /** Starts deleting recovery points; throws RUN_NAME_IN_USE while points of this Location are deleted. */
  startPrune(input: PruneInput): Promise<WorkflowHandle>;
  startVerify(input: VerifyInput): Promise<WorkflowHandle>;
  /** Starts copying recovery points; throws RUN_NAME_IN_USE while points are copied between these Locations. */
  startCopy(input: CopyInput): Promise<WorkflowHandle>;
  /** Keeps an approval; throws what the workflow refused it with. */
  approve(input: ApproveInput): Promise<ApprovalAnswer>;
  /** Finds a run by its id, whole or short, or by its name (then the newest). Throws RUN_NOT_FOUND and ID_AMBIGUOUS. */
  find(run: string): Promise<FoundRun>;
  list(limit: number): Promise<readonly RunSummary[]>;
  /** Who works at the sites of runs. */
  readonly siteWorkers: SiteWorkers;
  readonly client: Client;
  close(): Promise<void>;
}

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
      what: `no Temporal server responds at ${options.address ?? 'the configured address'}`,
      cause: error,
    });
  });
  const client = new Client({ connection, namespace, dataConverter: { payloadCodecs: [largePayloads] } });
  const siteWorkers = createSiteWorkers(client, { address: options.address ?? '', namespace });
  const started = { client, siteWorkers };
  return {
    siteWorkers,
    local: temporal.kind === 'local',
    address: options.address ?? 'the configured address',
    ...(temporal.kind === 'local' ? { revive: () => reviveEngine(temporal.stateDirectory) } : {}),
    client,
    startMigration: (input) => startRun(started, 'migrate', input),
    startBackup: (input) => startRun(started, 'backup', input),
    startRestore: (input) => startRun(started, 'restore', input),
    startPlan: (input) => startRun(started, 'plan', input),
    startAssessment: (input) => startRun(started, 'assess', input),
    startWave: (input) => startRun(started, 'wave', input),
    startPrune: (input) => startRun(started, 'prune', input),
    startVerify: (input) => startRun(started, 'verify', input),
    startCopy: (input) => startRun(started, 'copy', input),
    approve: (input) => approve(started, input),
    find: (run) => findRun(client, run),
    list: (limit) => listRuns(client, limit),
    close: () => connection.close(),
  };
}

/** Starts the local engine again unless a person has stopped it; says what it did, or why it cannot. */
export async function reviveEngine(stateDirectory: string): Promise<string | undefined> {
  if (isStopped(stateDirectory)) {
    return 'the local engine was stopped with `landfall engine stop`: the run waits in its database until `landfall resume`';
  }
  try {
    const { started } = await ensureLocalEngine(stateDirectory);
    return started.length === 0 ? undefined : `the ${started.join(' and ')} of the local engine had stopped: restarted`;
  } catch (error) {
    const { code, what, fix } = isLandfallError(error) ? error.detail : unknownDetail(error);
    return `${what}: ${code === 'DISK_FULL' ? 'the run continues automatically when there is space again' : fix}`;
  }
}

/** What starting a run takes. */
type Starting = Pick<RunClient, 'client' | 'siteWorkers'>;
type AnyInput =
  | MigrateInput
  | BackupInput
  | RestoreInput
  | PlanRunInput
  | WaveInput
  | AssessInput
  | PruneInput
  | VerifyInput
  | CopyInput;

const nouns: Readonly<Record<RunKind, string>> = {
  ...{
    migrate: 'a migration',
    backup: 'a backup',
    restore: 'a restore',
    wave: 'a wave',
    plan: 'a plan',
    assess: 'an assessment',
  },
  ...{
    prune: 'a deletion of recovery points',
    verify: 'a verification of recovery points',
    copy: 'a copy of recovery points',
  },
};

async function startRun({ client, siteWorkers }: Starting, kind: RunKind, input: AnyInput): Promise<WorkflowHandle> {
  const { runId } = input;
  const { name, summary } = introduce(input);
  await refuseTooLarge(input, name);
  for (const one of placesOf(input)) await requireWorkers(siteWorkers, sitesOf(one));
  try {
    return await client.workflow.start(kind, {
      workflowId: `${prefixes[kind]}${name}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      taskQueue: runTaskQueue,
      args: [input],
      memo: { run: runId, name },
      staticSummary: summary,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new LandfallError('RUN_NAME_IN_USE', {
      what: `${nouns[kind]} named ${name} is already in progress`,
      fix: `watch it with \`landfall status ${name}\`, or cancel it with \`landfall cancel ${name}\``,
    });
  }
}

/** What a run is named after, and what Temporal's own tools show of it. */
function introduce(input: AnyInput): { readonly name: string; readonly summary: string } {
  if ('target' in input) {
    const { location, target } = input;
    return {
      name: `${location.name}-to-${target.name}`,
      summary: `recovery points of ${location.name} -> ${target.name}`,
    };
  }
  if ('location' in input) return { name: input.location.name, summary: `recovery points of ${input.location.name}` };
  const { spec } = input;
  const link: Partial<RunSpec> | undefined = 'source' in spec ? spec : spec.migrations[0];
  const from = link?.point?.id ?? link?.source?.name ?? '';
  return { name: spec.name, summary: link?.target === undefined ? from : `${from} -> ${link.target.name}` };
}

/** What names the sites a run works at. */
function placesOf(input: AnyInput): readonly Partial<RunRoles>[] {
  if ('location' in input) return [{ location: input.location }];
  return 'source' in input.spec ? [rolesOf(input.spec)] : input.spec.migrations;
}

async function approve({ client, siteWorkers }: Starting, input: ApproveInput): Promise<ApprovalAnswer> {
  const { context, planHash } = input;
  await requireWorkers(siteWorkers, sitesOf({ location: context.location }));
  try {
    return await client.workflow.execute('approve', {
      workflowId: `approve/${context.runId}/${planHash.slice(0, 8)}/${newRunId('by')}`,
      taskQueue: runTaskQueue,
      args: [input],
      memo: { run: context.runId },
      staticSummary: `${input.decision} by ${input.by.slice(0, 100)}`,
    });
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const detail = cause instanceof ApplicationFailure ? (cause.details?.[0] as ErrorDetail | undefined) : undefined;
    throw detail === undefined ? error : new LandfallError(detail.code, { ...detail, cause: undefined });
  }
}

async function findRun(client: Client, run: string): Promise<FoundRun> {
  // `shop-7f3k` is a run of the migration `shop`; a bare name means its newest run.
  const name = nameOfRunId(run);
  for (const candidate of new Set([run, name])) {
    for (const kind of kindsInOrder) {
      const found = await newest(client, kind, candidate);
      if (found !== undefined && (found.runId === run || candidate === run)) return found;
    }
  }
  const written = await runsWrittenAs(client, run);
  const [id = '', ...others] = idsWrittenAs(run, [...written.keys()]);
  const found = written.get(id);
  if (found === undefined) throw new LandfallError('RUN_NOT_FOUND', { what: `there is no run ${run}` });
  if (others.length > 0) throw new LandfallError('ID_AMBIGUOUS', ambiguousId(run, [id, ...others], 'runs'));
  return found;
}

/** Every run whose id may be written like this, also such whose name was used again since. */
async function runsWrittenAs(client: Client, run: string): Promise<ReadonlyMap<string, FoundRun>> {
  const quoted = nameOfRunId(run).replaceAll("'", '');
  const found = new Map<string, FoundRun>();
  for (const kind of kindsInOrder) {
    // The name in an id may be cut; a query for those that begin with it finds them all the same.
    // Of a wave in several parts the last one holds its table.
    const query = `WorkflowId STARTS_WITH '${prefixes[kind]}${quoted}' AND ExecutionStatus != 'ContinuedAsNew'`;
    const older = client.workflow.list({ query });
    for await (const { memo, workflowId, runId } of older) {
      const id = textOf(memo, 'run');
      if (!isWrittenAs(id, run)) continue;
      found.set(id, { handle: client.workflow.getHandle(workflowId, runId), runId: id, kind });
      if (id === run) return found;
    }
  }
  return found;
}

async function newest(client: Client, kind: RunKind, name: string): Promise<FoundRun | undefined> {
  const workflowId = `${prefixes[kind]}${name}`;
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { memo, runId, status, raw } = await handle.describe();
    const found = { runId: textOf(memo, 'run', name), kind };
    if (kind === 'wave') return { ...found, handle };
    if (status.name !== 'RUNNING') return { ...found, handle: client.workflow.getHandle(workflowId, runId) };
    // It may continue as new at any moment, under its id: what is said to it must reach it all the same, and nobody else.
    const firstExecutionRunId = raw.workflowExecutionInfo?.firstRunId || runId;
    return { ...found, handle: client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId }) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function listRuns(client: Client, limit: number): Promise<readonly RunSummary[]> {
  const runs: (RunSummary & { readonly ids: readonly [string, string] })[] = [];
  const types = kindsInOrder.map((kind) => `'${kind}'`).join(', ');
  const query = `WorkflowType IN (${types}) AND ExecutionStatus != 'ContinuedAsNew'`;
  for await (const execution of client.workflow.list({ query })) {
    runs.push({
      run: textOf(execution.memo, 'run'),
      kind: execution.type,
      name: textOf(execution.memo, 'name'),
      status: execution.status.name.toLowerCase(),
      started: execution.startTime.toISOString(),
      ended: execution.closeTime?.toISOString() ?? '',
      source: '',
      ids: [execution.workflowId, execution.runId],
    });
    if (runs.length >= limit) break;
  }
  return Promise.all(
    runs.map(async ({ ids, ...run }) => {
      const status = await runStatus(client, run.status, ids);
      return withSource(client, { ...run, status }, ids);
    })
  );
}

/** How long a run is asked for its sides: a list must not wait for a worker. */
const sidesTimeoutMs = 3_000;

/** Asks a migration or a backup what its source was last seen to be. */
async function withSource(client: Client, run: RunSummary, ids: readonly [string, string]): Promise<RunSummary> {
  if ((run.kind !== 'migrate' && run.kind !== 'backup') || run.status === 'terminated') return run;
  return { ...run, source: await askSource(client, client.workflow.getHandle(...ids)) };
}

/** What the source of a migration was last seen to be: `frozen`, `serving`; '' where no worker says it soon. */
export async function askSource(client: Client, handle: WorkflowHandle): Promise<string> {
  const ask = (): Promise<Pick<SideStates, 'source'>> => handle.query<SideStates>('sides');
  const reported = await client.withDeadline(Date.now() + sidesTimeoutMs, ask).catch(() => undefined);
  return reported?.source ?? '';
}

type SideStates = { readonly source: string; readonly target: string };

function textOf(memo: Readonly<Record<string, unknown>> | undefined, key: string, otherwise = ''): string {
  const value = memo?.[key];
  return typeof value === 'string' ? value : otherwise;
}

/** A run id: the name and 64 random bits, which no other run has. */
export function newRunId(name: string): string {
  return runIdOf(name, randomBytes(8).toString('hex'));
}
