import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import type { ScheduledOutcome } from '../../src/assess/contract.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';
import { startWorker, type TestWorker } from '../support/e2e/worker.ts';
import type { Fault } from '../support/e2e/faults.ts';
import { countStored } from '../support/traces.ts';

let rig: CliRig;
let worker: TestWorker | undefined;
let namespace: string;

beforeAll(async () => {
  rig = await startCliRig('lost', { worker: false });
  rig.onEnd(async () => worker?.kill());
  namespace = `${rig.prefix}-app`;
  await rig.namespace('source', namespace, { team: rig.prefix });
  for (let at = 0; at < 20; at += 1) {
    const metadata = { name: `settings-${at}` };
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata },
      data: { number: String(at) },
    });
  }
});

afterAll(() => rig?.end());

/** A test that fails must not leave its worker, held, to the next one. */
async function begin(faults: readonly Fault[]): Promise<TestWorker> {
  await worker?.kill();
  worker = await startWorker({ env: rig.temporal, logFile: join(rig.directory, 'worker.log') }, faults);
  return worker;
}

function start(name: string) {
  const file = rig.write({ name, spec: { scope: { namespaces: [namespace] } } });
  return rig.landfall(['assess', '-f', file, '--no-images', '--no-probes']);
}

/** Nothing but the stored assessments: neither of the run's scratch nor of its namespaces. */
async function expectNoLeftovers(name: string, assessments: number): Promise<void> {
  interface List {
    readonly items: readonly { readonly metadata: { readonly name: string; readonly labels?: object } }[];
  }
  const found = await rig.target.get<List>(`/api/v1/namespaces?labelSelector=team%3D${rig.prefix}`);
  expect(found?.items.map(({ metadata }) => metadata.name)).toEqual([]);
  expect(countStored(rig.lab, `${name}/assess-scratch`).objects).toBe(0);
  expect(countStored(rig.lab, name).objects).toBe(assessments);
}

/** One assessment loses its worker at one after the other. */
const points: readonly (readonly [at: string, when: Fault['when']])[] = [
  ['^location.create runs/[^/]*/capture/', 'after'],
  ['^target.create Namespace landfall-assess-', 'after'],
  ['^target.delete Namespace landfall-assess-', 'before'],
  ['^location.create assessments/', 'after'],
  ['^location.delete runs/', 'after'],
];

it(
  'goes on after its worker was killed, stores one assessment and leaves nothing else',
  { timeout: 400_000 },
  async () => {
    const name = `${rig.prefix}-killed`;
    const faults = points.map(([at, when], number): Fault => ({ id: `${number}`, at, when, action: 'kill' }));
    let running = await begin([faults[0] as Fault]);
    const ended = start(name);
    for (const [number, fault] of faults.entries()) {
      await running.reached(fault.id);
      expect(await running.ended).toBe('SIGKILL');
      running = await begin(faults.slice(number + 1, number + 2));
    }
    const { code, stderr, stdout } = await ended;
    expect([code, stderr.includes('error')]).toEqual([0, false]);
    expect(stdout).toContain(name);
    await expectNoLeftovers(name, 1);
    const stored = join(rig.lab.s3.dataDirectory, rig.lab.s3.bucket, name, 'assessments', name);
    expect(readdirSync(stored)).toHaveLength(1);
    await running.kill();
  }
);

it.each([
  ['while it captures', '^location.create runs/[^/]*/capture/'],
  ['with namespaces on the target', '^target.create Namespace landfall-assess-'],
])('is cancelled %s and leaves nothing', { timeout: 200_000 }, async (_case, at) => {
  const name = `${rig.prefix}-stopped`;
  const running = await begin([{ id: 'hold', at, when: 'after', action: 'pause' }]);
  const ended = start(name);
  await running.reached('hold');
  const cancelling = rig.landfall(['cancel', name]);
  // The request has to be with the workflow before the action that is held goes on.
  await waitFor(async () => ((await isCancelRequested(name)) ? true : undefined), {
    what: 'the cancel to be asked for',
    deadlineMs: 60_000,
  });
  running.release('hold');
  expect((await cancelling).code).toBe(7);
  expect((await ended).code).toBe(7);
  await expectNoLeftovers(name, 0);
  await running.kill();
});

it(
  'is not started by a schedule while one by hand goes on, and the schedule says so',
  { timeout: 200_000 },
  async () => {
    const name = `${rig.prefix}-twice`;
    const running = await begin([
      { id: 'hold', at: '^target.create Namespace landfall-assess-', when: 'after', action: 'pause' },
    ]);
    const file = rig.write({ name, spec: { scope: { namespaces: [namespace] } } });
    const put = await rig.landfall(['assess', '-f', file, '--schedule', '0 3 1 1 *', '--no-images', '--no-probes']);
    expect(put.code).toBe(0);
    const ended = start(name);
    await running.reached('hold');
    await temporal(async (client) => {
      await client.schedule.getHandle(`assess/${name}`).trigger();
      const outcome = await waitFor(
        async () => {
          const { recentActions } = (await client.schedule.getHandle(`assess/${name}`).describe()).info;
          const [one] = recentActions;
          if (one === undefined) return undefined;
          const { workflowId, firstExecutionRunId } = one.action.workflow;
          return (await client.workflow.getHandle(workflowId, firstExecutionRunId).result()) as ScheduledOutcome;
        },
        { what: 'the start of the schedule to end', deadlineMs: 60_000 }
      );
      expect(outcome).toEqual({ skipped: 'another assessment was in progress' });
      await client.schedule.getHandle(`assess/${name}`).delete();
    });
    running.release('hold');
    expect((await ended).code).toBe(0);
    await expectNoLeftovers(name, 1);
    await running.kill();
  }
);

async function temporal<T>(body: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: rig.lab.temporal.address });
  try {
    return await body(new Client({ connection, namespace: rig.prefix }));
  } finally {
    await connection.close();
  }
}

function isCancelRequested(name: string): Promise<boolean> {
  return temporal(async (client) => {
    const { events } = await client.workflow.getHandle(`assessment/${name}`).fetchHistory();
    return (events ?? []).some(
      ({ workflowExecutionCancelRequestedEventAttributes: asked }) => asked !== undefined && asked !== null
    );
  });
}

it('leaves something when it is terminated, and a clean-up removes it', { timeout: 300_000 }, async () => {
  const name = `${rig.prefix}-terminated`;
  const at = '^target.create Namespace landfall-assess-';
  const running = await begin([{ id: 'made', at, when: 'after', action: 'kill' }]);
  const ended = start(name);
  await running.reached('made');
  const connection = await Connection.connect({ address: rig.lab.temporal.address });
  await new Client({ connection, namespace: rig.prefix }).workflow.getHandle(`assessment/${name}`).terminate('test');
  await connection.close();
  await begin([]);
  expect((await ended).code).toBe(6);
  expect(countStored(rig.lab, `${name}/assess-scratch`).objects).toBeGreaterThan(0);
  const cleaned = await rig.landfall(['cleanup', name]);
  expect([cleaned.code, cleaned.stderr.includes('error')]).toEqual([0, false]);
  await expectNoLeftovers(name, 0);
});
