import { MockActivityEnvironment } from '@temporalio/testing';
import pMap from 'p-map';
import { expect, it } from 'vitest';
import { storeJson } from '../../src/archive/run-objects.ts';
import { LandfallError } from '../../src/core/errors.ts';
import type { RunContext } from '../../src/core/migration/contract.ts';
import { createMemoryLocation } from '../../src/locations/memory/index.ts';
import { acting, createSessions, mayAct, type OpenSession } from './session.ts';

const asRun = { opens: 'run', isCompensation: false } as const;

it('an attempt ends when no write of it is under way any more, also one that nobody waits for', async () => {
  const { context, open } = await setting();
  const stored = Promise.withResolvers<string>();
  let over = false;
  const attempt = new MockActivityEnvironment()
    .run(() =>
      open({ ...asRun, context, stepId: 'apply' }, () => {
        void acting(() => stored.promise);
        return Promise.reject(new LandfallError('CLUSTER_FORBIDDEN', { what: 'refused' }));
      })
    )
    .finally(() => (over = true));
  attempt.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(over).toBe(false);
  stored.resolve('stored');
  await expect(attempt).rejects.toMatchObject({ type: 'CLUSTER_FORBIDDEN' });
});

it('what a failed attempt has not waited for is aborted and writes nothing more', async () => {
  const { context, open } = await setting();
  const begun = Promise.withResolvers<void>();
  const left = Promise.withResolvers<{ readonly aborted: boolean; readonly refused: unknown }>();
  const attempt = new MockActivityEnvironment().run(() =>
    open({ ...asRun, context, stepId: 'apply' }, (_, progress) =>
      pMap(['refused', 'on its way'], async (what) => {
        if (what === 'refused') {
          await begun.promise;
          throw new LandfallError('CLUSTER_FORBIDDEN', { what });
        }
        // A request that waits for its next attempt while the other object has failed the batch.
        const aborted = new Promise((resolve) => progress.signal.addEventListener('abort', resolve));
        begun.resolve();
        await aborted;
        left.resolve({ aborted: progress.signal.aborted, refused: refusalOf(mayAct) });
      })
    )
  );
  await expect(attempt).rejects.toMatchObject({ type: 'CLUSTER_FORBIDDEN' });
  expect(await left.promise).toMatchObject({ aborted: true, refused: { code: 'WORKER_LOST' } });
});

it('closes what was opened when one side does not open, and closes nothing twice', async () => {
  const closed: string[] = [];
  const closing = (name: string) => ({ close: () => Promise.resolve(void closed.push(name)) });
  const memory = createMemoryLocation('store', new Map());
  const location = { ...memory, ...closing('location') };
  const spec = await storeJson(memory, 'runs/shop-7f3k/spec', { source: {}, target: {} });
  const open = createSessions({
    openLocation: () => Promise.resolve(location),
    openCluster: (_spec, side) =>
      side === 'source'
        ? Promise.reject(new LandfallError('KUBECONFIG_INVALID', { what: 'there is no such file' }))
        : Promise.resolve(closing(side) as never),
    createMover: () => ({}) as never,
    version: '0',
  });
  const context: RunContext = { runId: 'shop-7f3k', location: {} as never, spec };
  const attempt = new MockActivityEnvironment().run(() =>
    open({ ...asRun, context, stepId: 'preflight' }, () => Promise.resolve())
  );
  await expect(attempt).rejects.toMatchObject({ type: 'KUBECONFIG_INVALID' });
  expect(closed.toSorted()).toEqual(['location', 'target']);
});

it('opens no cluster for what needs the Location alone', async () => {
  const memory = createMemoryLocation('store', new Map());
  const open = createSessions({
    openLocation: () => Promise.resolve(memory),
    openCluster: () => Promise.reject(new LandfallError('KUBECONFIG_INVALID', { what: 'there is no such file' })),
    createMover: () => ({}) as never,
    version: '0',
  });
  const context = { runId: 'shop-7f3k', location: {}, spec: {} } as RunContext;
  await new MockActivityEnvironment().run(() =>
    open(
      { ...asRun, opens: 'location', context, stepId: 'finish' },
      async (location) => void (await location.create('k', Buffer.from('x')))
    )
  );
  expect(await memory.head('k')).toEqual({ sizeBytes: 1 });
});

async function setting(): Promise<{ readonly open: OpenSession; readonly context: RunContext }> {
  const location = createMemoryLocation('store', new Map());
  const context: RunContext = {
    runId: 'shop-7f3k',
    location: { provider: 'filesystem', name: 'store', path: '/nowhere' } as never,
    spec: await storeJson(location, 'runs/shop-7f3k/spec', { source: {}, target: {} }),
  };
  const open = createSessions({
    openLocation: () => Promise.resolve(location),
    openCluster: () => Promise.resolve({} as never),
    createMover: () => ({}) as never,
    version: '0',
  });
  return { context, open };
}

function refusalOf(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
