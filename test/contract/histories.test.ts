import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorDetail } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import type { RunEvent } from '../../src/core/run/events.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import type { WaveSpec } from '../../src/core/wave/wave.ts';
import { runStatus } from '../../src/runs/run-status.ts';
import { aVolume, scriptedActivities, applyGroupsOf } from '../support/scripted-activities.ts';
import type { ScriptedActivities } from '../support/scripted-activities.ts';
import { openWorkflowRig } from '../support/workflow-rig.ts';
import type { WorkflowRig } from '../support/workflow-rig.ts';
import { randomFrom } from '../torture/random.ts';
import type { MigrateInput } from '../../src/core/run/context.ts';

/** What Landfall promises of every history. */
const promised = { events: 5_000, bytes: 10 * 1024 * 1024 };

/** With `LANDFALL_CLAIMS` the histories are as long as in a real run of so many claims, which takes minutes. */
const claims = Number(process.env['LANDFALL_CLAIMS'] ?? 60);
const isShort = process.env['LANDFALL_CLAIMS'] === undefined;
const shorter = isShort ? { eventsMax: 200 } : {};
/** Events of what is under way when a run decides to go on in a new history. */
const atOnce = promised.events - limits.workflowEvents;

const side = (name: string) => ({ name, platform: 'generic', kubeconfig: { path: '/none' } });
const spec = (name: string, onFailure: 'rollback' | 'keep', parallel = 4): MigrationSpec =>
  ({
    ...{ name, source: side('west'), target: side('east'), location: { name: 'store', prefix: '' } },
    ...{ dryRun: false, onFailure, landfallNamespace: 'landfall-system', namespaceMapping: {}, storageClasses: {} },
    volumes: { mode: 'move', parallel },
    hooks: { pre: [], post: [{}] },
    scope: { namespaces: ['team-*'] },
  }) as unknown as MigrationSpec;

let rig: WorkflowRig;
beforeAll(async () => {
  rig = await openWorkflowRig();
});
afterAll(() => rig?.close());

type Started = WorkflowHandleWithFirstExecutionRunId;

function start(type: string, taskQueue: string, input: object): Promise<Started> {
  const { runId = '', run } = input as { runId?: string; run?: MigrateInput };
  const workflowId = `${type}/${run?.runId ?? runId}`;
  return rig.client.workflow.start(type, { taskQueue, workflowId, args: [input] });
}

/** Waits for the end of a run, good or bad; what its last event says of it, and what the server does. */
async function endOf(handle: Started) {
  await handle.result().catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error;
  });
  const { status } = await handle.describe();
  const last = (await rig.eventsOf(handle.workflowId)).at(-1);
  const { outcome, exitCode } = last?.type === 'result' ? last : { outcome: '', exitCode: -1 };
  return { outcome, exitCode, status: status.name };
}

/** Every history is as small as promised, and there is more than one. */
async function expectSmall(handle: Started): Promise<void> {
  const parts = await rig.chainOf(handle.workflowId, handle.firstExecutionRunId);
  expect(parts.length).toBeGreaterThan(1);
  for (const { events, bytes, largestPayload } of parts) {
    expect(events).toBeLessThanOrEqual((shorter.eventsMax ?? limits.workflowEvents) + atOnce);
    expect(bytes).toBeLessThanOrEqual(promised.bytes);
    expect(largestPayload).toBeLessThanOrEqual(limits.payloadBytes);
  }
}

/** Every event of a run, those in the stream and those beyond it, numbered without a gap. */
async function wholeStream(handle: Started, { kept }: ScriptedActivities): Promise<readonly RunEvent[]> {
  const bySeq = new Map([...kept, ...(await rig.eventsOf(handle.workflowId))].map((event) => [event.seq, event]));
  const events = [...bySeq.values()].sort((one, other) => one.seq - other.seq);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  return events;
}

const idsOf = (events: readonly RunEvent[], type: RunEvent['type']) =>
  events.flatMap((event) => (event.type === type && 'step' in event ? [event.step.id] : []));

function refused(what: string): ApplicationFailure {
  const detail = errorDetail('INTERNAL', { what });
  return ApplicationFailure.create({ type: detail.code, message: what, nonRetryable: true, details: [detail] });
}

describe('histories stay small whatever is moved', { timeout: 900_000 }, () => {
  const scope = { claims, applyGroups: isShort ? 10 : 40 };
  const volumes = 2 * scope.claims;

  it('of a migration, which arrives', async () => {
    const scripted = scriptedActivities(scope);
    await rig.withWorker(scripted, async (taskQueue) => {
      const run = await start('migrate', taskQueue, {
        ...{ runId: 'arrives', spec: spec('arrives', 'rollback') },
        ...shorter,
      });
      expect(await endOf(run)).toEqual({ outcome: 'succeeded', exitCode: 0, status: 'COMPLETED' });
      await expectSmall(run);
      const events = await wholeStream(run, scripted);
      const done = idsOf(events, 'step.done');
      expect(done.filter((id) => id.startsWith('volumes/upload/') || id.startsWith('volumes/fill/'))).toHaveLength(
        volumes
      );
      expect(new Set(done).size).toBe(done.length);
      expect(events.at(-1)).toMatchObject({ type: 'result', outcome: 'succeeded' });
    });
    for (const name of ['uploadVolume', 'downloadVolume', 'applyBatch'] as const) {
      const about = scripted.calls.filter((call) => call.name === name).map((call) => call.about);
      expect(about).toHaveLength(name === 'applyBatch' ? 2 * scope.applyGroups : scope.claims);
      expect(new Set(about).size).toBe(about.length);
    }
  });

  it('of one that rolls back near its end, each compensation once and newest first, and of its clean-up', async () => {
    const scripted = scriptedActivities(scope, { verifyObjects: () => Promise.reject(refused('it differs')) });
    const input = { runId: 'rolls-back', spec: spec('rolls-back', 'rollback'), ...shorter };
    await rig.withWorker(scripted, async (taskQueue) => {
      const run = await start('migrate', taskQueue, input);
      expect(await endOf(run)).toEqual({ outcome: 'rolled-back', exitCode: 1, status: 'FAILED' });
      await expectSmall(run);
      const events = await wholeStream(run, scripted);
      expect(events.at(-1)).toMatchObject({ type: 'result', outcome: 'rolled-back' });
      // Namespaces, snapshots, each volume, the binding, each apply group: numbered as they became pending.
      const pending = 3 + scope.claims + scope.applyGroups;
      const undone = idsOf(events, 'undo.done');
      expect(undone).toEqual(Array.from({ length: pending }, (_, index) => `undo/${pending - 1 - index}`));
      expect(idsOf(events, 'undo.started')).toEqual(undone);
    });
    const about = (name: string) => scripted.calls.filter((call) => call.name === name).map((call) => call.about);
    const batches = applyGroupsOf(scope).flatMap((applyGroup) =>
      applyGroup.settle ? [] : applyGroup.batches.map(({ key }) => key)
    );
    expect(about('undoBatch')).toEqual([...batches].reverse());
    const filled = Array.from({ length: scope.claims }, (_, item) => `${item}-${item + 1}`);
    expect(about('removeTargetVolumes')).toEqual([...filled].reverse());

    const cleaning = scriptedActivities(scope);
    await rig.withWorker(cleaning, async (taskQueue) => {
      const request = {
        kind: 'migrate',
        run: input,
        endedAt: '2026-01-01T00:00:00Z',
        keepApplication: false,
        ...shorter,
      };
      const cleanup = await start('cleanup', taskQueue, request);
      await cleanup.result();
      await expectSmall(cleanup);
      const events = await wholeStream(cleanup, cleaning);
      expect(events.at(-1)).toMatchObject({ type: 'result', outcome: 'succeeded' });
    });
    const cleaned = cleaning.calls.filter(({ name }) => name === 'removeTargetVolumes').map((call) => call.about);
    expect(cleaned).toEqual([...filled].reverse());
  });
});

describe('what a person says while a run continues as new', { timeout: 300_000 }, () => {
  const scope = { claims: 12, applyGroups: 4 };
  /** So few that a run continues as new after nearly every step. */
  const eventsMax = 40;

  it.each([1, 2, 3, 4])('a cancel is heard, whenever it comes: seed %i', async (seed) => {
    const random = randomFrom(seed);
    const pause = (most: number) => sleep(random.between(0, most));
    const slow = async () => pause(15);
    const scripted = scriptedActivities(scope, { exposeClaim: slow, createTargetVolume: slow, awaitApplyGroup: slow });
    await rig.withWorker(scripted, async (taskQueue) => {
      const name = `cancelled-${seed}`;
      const run = await start('migrate', taskQueue, { runId: name, spec: spec(name, 'keep'), eventsMax });
      for (let resumes = random.between(0, 12); resumes > 0; resumes -= 1) {
        await pause(120);
        await run.signal('resume');
      }
      await run.cancel();
      const { outcome, status } = await endOf(run);
      expect(outcome).toBe('cancelled');
      // The last history is not always the one in which the cancel came.
      const { runId } = await run.describe();
      expect(await runStatus(rig.client, status.toLowerCase(), [run.workflowId, runId])).toBe('cancelled');
      const events = await wholeStream(run, scripted);
      const undone = idsOf(events, 'undo.done');
      expect(undone).toEqual(undone.map((_, index) => `undo/${undone.length - 1 - index}`));
    });
  });

  it.each([1, 2])('a wave hears a cancel, whenever it comes: seed %i', async (seed) => {
    const random = randomFrom(seed);
    const members = Array.from({ length: 40 }, (_, at) => ({ namespace: `team-${at}`, group: 0, migration: 0 }));
    const scripted = scriptedActivities({ claims: 1, applyGroups: 1 }, { expandWave: async () => members });
    await rig.withWorker(scripted, async (taskQueue) => {
      const name = `estate-${seed}`;
      const estate: WaveSpec = {
        ...{ name, migrations: [spec(name, 'rollback')], concurrency: { total: 2, perLink: 2 } },
        groups: [{ name: 'all', migration: 0, namespaces: ['team-*'], excludeNamespaces: [] }],
        stopOn: { failureRate: 1, minimumEnded: 1_000 },
      };
      const run = await start('wave', taskQueue, { runId: name, spec: estate, eventsMax: 12 });
      // In a later history than its first: what is tried is the moment between two.
      while ((await run.describe()).runId === run.firstExecutionRunId) await sleep(20);
      await sleep(random.between(0, 2_000));
      await run.cancel();
      expect(await endOf(run)).toMatchObject({ outcome: 'cancelled', status: 'CANCELLED' });
    });
  });

  it('each resume begins what waits', async () => {
    const failing = new Set([1, 4, 5, 8, 11]);
    const scripted = scriptedActivities(scope, {
      uploadVolume: async ({ claim }) => {
        if (failing.delete(claim.index)) throw refused(`claim ${claim.index}`);
        return aVolume(claim.index);
      },
    });
    await rig.withWorker(scripted, async (taskQueue) => {
      const run = await start('migrate', taskQueue, { runId: 'waits', spec: spec('waits', 'keep', 2), eventsMax });
      /** Steps that wait for a person: as often begun as they were said to wait. */
      const waiting = async () => {
        const events = await rig.eventsOf(run.workflowId);
        const [began, waited] = [idsOf(events, 'step.started'), idsOf(events, 'step.waiting')];
        const times = (ids: readonly string[], id: string) => ids.filter((one) => one === id).length;
        const open = new Set(waited.filter((id) => times(began, id) === times(waited, id)));
        return { open, ended: events.at(-1)?.type === 'result' };
      };
      let resumed = 0;
      for (let now = await waiting(); !now.ended; now = await waiting()) {
        await sleep(20);
        if (now.open.size === 0) continue;
        // One signal for each wait: were it lost, nobody would send it again.
        await run.signal('resume');
        resumed += 1;
        let { open } = await waiting();
        while ([...now.open].some((id) => open.has(id))) {
          await sleep(20);
          ({ open } = await waiting());
        }
      }
      expect(resumed).toBeGreaterThan(1);
      expect(await endOf(run)).toMatchObject({ outcome: 'succeeded' });
      await wholeStream(run, scripted);
    });
  });

  it('a run that waits goes on waiting in its next histories', async () => {
    let asked = 0;
    const scripted = scriptedActivities(scope, {
      uploadVolume: async ({ claim }) => {
        if (claim.index === 0 && asked++ === 0) throw refused('claim 0');
        return aVolume(claim.index);
      },
    });
    await rig.withWorker(scripted, async (taskQueue) => {
      const run = await start('migrate', taskQueue, { runId: 'held', spec: spec('held', 'keep', 2), eventsMax });
      const uploaded = async () => {
        const done = idsOf(await rig.eventsOf(run.workflowId), 'step.done');
        return done.filter((id) => id.startsWith('volumes/upload/')).length;
      };
      while ((await uploaded()) < scope.claims - 1) await sleep(50);
      await sleep(500);
      const parts = await rig.chainOf(run.workflowId, run.firstExecutionRunId);
      expect(parts.length).toBeGreaterThan(2);
      expect((await run.describe()).status.name).toBe('RUNNING');
      expect(idsOf(await rig.eventsOf(run.workflowId), 'step.started')).not.toContain(
        'volumes/fill/team-0/data-database-0'
      );
      await run.signal('resume');
      expect(await endOf(run)).toMatchObject({ outcome: 'succeeded' });
    });
    expect(asked).toBe(2);
  });
});
