import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import { temporalSpec } from '../../src/binaries/temporal.ts';
import { eventSchema } from '../../src/core/run/events.ts';
import type { RunEvent } from '../../src/core/run/events.ts';
import { largePayloads } from '../../src/engine/large-payloads.ts';
import { bundleApart } from '../../worker/bundle.ts';
import { workerOptions } from '../../worker/options.ts';
import { startTemporalServer } from '../torture/temporal-server.ts';
import type { ScriptedActivities } from './scripted-activities.ts';

/** One history of a run. */
export interface Part {
  readonly events: number;
  readonly bytes: number;
  /** Bytes of its largest payload, as it is stored. */
  readonly largestPayload: number;
  /** Id of the execution that goes on from it; '' = none. */
  readonly next: string;
}

/** A real Temporal server with the real workflows, and activities that are scripted. */
export interface WorkflowRig {
  readonly client: Client;
  /** Runs `body` while a worker with these activities polls a task queue of its own. */
  withWorker<T>(scripted: ScriptedActivities, body: (taskQueue: string) => Promise<T>): Promise<T>;
  /** The histories of a workflow that has continued as new, the first one first. */
  chainOf(workflowId: string, firstRunId: string): Promise<readonly Part[]>;
  /** Everything the query `events` gives. */
  eventsOf(workflowId: string, since?: number): Promise<readonly RunEvent[]>;
  close(): Promise<void>;
}

/** Starts the server, and bundles the workflows as a worker does. */
export async function openWorkflowRig(): Promise<WorkflowRig> {
  const directory = mkdtempSync(join(tmpdir(), 'landfall-workflows-'));
  const binary = await resolveBinary(temporalSpec);
  const [server, bundle] = await Promise.all([startTemporalServer(binary.path, directory), bundleApart()]);
  const connection = await Connection.connect({ address: server.address });
  const native = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection, dataConverter: { payloadCodecs: [largePayloads] } });
  let workers = 0;
  return {
    client,
    withWorker: (scripted, body) => withWorker({ native, bundle, taskQueue: `scripted-${workers++}` }, scripted, body),
    chainOf: (workflowId, firstRunId) => chainOf(client, workflowId, firstRunId),
    eventsOf: (workflowId, since = 0) => eventsOf(client, workflowId, since),
    async close() {
      await connection.close();
      await native.close();
      await Runtime.instance().shutdown();
      await server.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface WorkerParts {
  readonly native: NativeConnection;
  readonly bundle: WorkflowBundle;
  readonly taskQueue: string;
}

async function withWorker<T>(
  { native, bundle, taskQueue }: WorkerParts,
  { activities }: ScriptedActivities,
  body: (taskQueue: string) => Promise<T>
): Promise<T> {
  const worker = await Worker.create({
    ...workerOptions(taskQueue),
    connection: native,
    dataConverter: { payloadCodecs: [largePayloads] },
    workflowBundle: bundle,
    activities,
  });
  return worker.runUntil(() => body(taskQueue));
}

async function chainOf(client: Client, workflowId: string, firstRunId: string): Promise<readonly Part[]> {
  const first = await partOf(client, workflowId, firstRunId);
  return first.next === '' ? [first] : [first, ...(await chainOf(client, workflowId, first.next))];
}

async function partOf(client: Client, workflowId: string, runId: string): Promise<Part> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const [{ historySize = 0 }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  const next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '';
  return { events: events?.length ?? 0, bytes: historySize, largestPayload: largestOf(events), next };
}

/** The largest list of bytes in a history: only payloads have them. */
function largestOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((largest, one) => Math.max(largest, largestOf(one)), 0);
}

async function eventsOf(client: Client, workflowId: string, since: number): Promise<readonly RunEvent[]> {
  const handle = client.workflow.getHandle(workflowId);
  const all: RunEvent[] = [];
  for (;;) {
    const more = await handle.query<RunEvent[], [number]>('events', all.at(-1)?.seq ?? since);
    if (more.length === 0) return all;
    if (more.some(({ schema }) => schema !== eventSchema)) throw new Error(`events of ${workflowId} have no schema`);
    all.push(...more);
  }
}
