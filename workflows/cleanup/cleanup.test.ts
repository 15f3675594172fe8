import { ApplicationFailure } from '@temporalio/workflow';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { errorDetail } from '../../src/core/errors.ts';
import { cleanup } from './cleanup.ts';
import type { ClaimRange } from '../../src/core/volumes/contract.ts';
import type { ApplyGroup } from '../../src/core/planning/contract.ts';
import type { CleanupInput, RunRemains } from '../../src/core/undo/contract.ts';

/** What was called, and what fails: the workflow's own order, without a server. */
const world = vi.hoisted(() => ({
  calls: [] as string[],
  fails: new Set<string>(),
  remains: {} as unknown,
  hooks: [] as readonly object[],
}));

vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  ...(await import('../../test/support/workflow-runtime.ts')).runtime,
}));

vi.mock('../saga/activities.ts', () => {
  const call = (name: string) => async (request: { batch?: { key: string }; claims?: ClaimRange }) => {
    const { batch, claims } = request;
    const names = claims === undefined ? [] : [`${claims.plan.key}[${claims.from}-${claims.to}]`];
    const what = [name, batch?.key, ...names].filter((part) => part !== undefined).join(' ');
    world.calls.push(what);
    if (world.fails.has(what)) throw failure(what);
    return name === 'thawSource' ? { failed: [] } : [];
  };
  const answers = { openRun: async () => ({ key: 'spec' }), findRemains: async () => world.remains };
  const activities = new Proxy(answers, { get: (known, name) => Reflect.get(known, name) ?? call(String(name)) });
  return { activities, activitiesAt: () => activities };
});

function failure(what: string): ApplicationFailure {
  return ApplicationFailure.create({ message: what, details: [errorDetail('UNDO_INCOMPLETE', { what })] });
}

const applyGroup = (name: string, batches: readonly string[], claims = false): ApplyGroup => ({
  ...{ name, objects: batches.length, claims, settle: false },
  batches: batches.map((key) => ({ key, sha256: '', sizeBytes: 0 })),
});
const claim = (name: string) => ({ namespace: 'shop', name, targetNamespace: 'shop' });
const places = (key: string, from: number, to: number): ClaimRange => ({
  ...{ plan: { key, sha256: '', sizeBytes: 0 }, from, to },
});

const remains: RunRemains = {
  applyGroups: [
    applyGroup('definitions', ['d1']),
    applyGroup('namespaces', ['n1']),
    applyGroup('claims', ['c1'], true),
    applyGroup('workloads', ['w1', 'w2']),
  ],
  claims: [claim('data')],
  places: [places('plan', 0, 1)],
};

const input = (keepApplication: boolean): CleanupInput =>
  ({
    run: {
      runId: 'shop-1',
      spec: {
        ...{ name: 'shop', source: { name: 'old' }, target: { name: 'new' }, location: { name: 'store' } },
        ...{ dryRun: false, onFailure: 'rollback', landfallNamespace: 'landfall-system' },
        volumes: { mode: 'snapshot', parallel: 2 },
        hooks: { pre: world.hooks, post: world.hooks },
      },
    },
    ...{ kind: 'migrate', endedAt: '2026-01-01T00:00:00Z', keepApplication },
  }) as unknown as CleanupInput;

beforeEach(() => {
  world.calls = [];
  world.fails.clear();
  world.hooks = [];
  world.remains = remains;
});

const objects = [
  'undoBatch w2',
  'undoBatch w1',
  'undoBatch c1',
  'unbindVolumes plan[0-1]',
  'undoBatch n1',
  'undoBatch d1',
];
const source = ['removeSourceVolumes plan[0-1]', 'sweepVolumes', 'removeNamespaces'];

describe('a cleanup', () => {
  it('removes objects before their namespaces and definitions, and its own namespaces after all that is in them', async () => {
    await cleanup(input(false));
    expect(world.calls).toEqual([...objects, 'removeTargetVolumes plan[0-1]', ...source, 'closeRun']);
  });

  it('does again what a run that ended well does past its point of no return, and leaves the application', async () => {
    await cleanup(input(true));
    const fields = ['d1', 'n1', 'c1', 'w1', 'w2'].map((batch) => `giveFieldsBack ${batch}`);
    const [first, ...others] = source;
    expect(world.calls).toEqual([first, 'releaseVolumes plan[0-1]', ...others, ...fields, 'closeRun']);
  });

  it('undoes the claims of every plan the run has stored, each once, by their place in it', async () => {
    const several = [places('one', 0, 2), places('two', 3, 4)];
    world.remains = { applyGroups: [], claims: ['a', 'b', 'c'].map(claim), places: several };
    await cleanup(input(false));
    const filled = ['two[3-4]', 'one[1-2]', 'one[0-1]'].map((at) => `removeTargetVolumes ${at}`);
    const taken = ['one[0-2]', 'two[3-4]'].map((at) => `removeSourceVolumes ${at}`);
    expect(world.calls.slice(0, 5)).toEqual([...filled, ...taken]);
  });

  it('thaws the source of a run that has hooks for it, before anything is taken from it', async () => {
    world.hooks = [{}];
    await cleanup(input(false));
    const at = world.calls.indexOf('thawSource');
    expect(world.calls.slice(at - 1, at + 2)).toEqual(['removeSourceVolumes plan[0-1]', 'thawSource', 'sweepVolumes']);
  });

  it.each(['undoBatch w2', 'unbindVolumes plan[0-1]', 'removeTargetVolumes plan[0-1]', 'sweepVolumes'])(
    'goes on after %s has failed, says so, and keeps the point of the run',
    async (fails) => {
      world.fails.add(fails);
      await expect(cleanup(input(false))).rejects.toMatchObject({
        type: 'UNDO_INCOMPLETE',
        message: fails,
        details: [expect.anything(), { outcome: 'failed', exitCode: 6 }],
      });
      expect(world.calls).toEqual([...objects, 'removeTargetVolumes plan[0-1]', ...source]);
    }
  );
});
