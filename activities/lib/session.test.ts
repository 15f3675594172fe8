import { MockActivityEnvironment } from '@temporalio/testing';
import pMap from 'p-map';
import { expect, it } from 'vitest';
import { storeJson } from '../../src/archive/run-objects.ts';
import { LandfallError } from '../../src/core/errors.ts';
import type { RunContext } from '../../src/core/migration/contract.ts';
import { createMemoryLocation } from '../../src/locations/memory/index.ts';
import { createSessions, mayAct } from './session.ts';

it('what a failed attempt has not waited for is aborted and writes nothing more', async () => {
  const location = createMemoryLocation('store', new Map());
  const context: RunContext = {
    runId: 'shop-7f3k',
    location: { provider: 'filesystem', name: 'store', path: '/nowhere' } as never,
    spec: await storeJson(location, 'runs/shop-7f3k/spec', { source: {}, target: {} }),
  };
  const { run } = createSessions({
    openLocation: () => Promise.resolve(location),
    openCluster: () => Promise.resolve({} as never),
    createMover: () => ({}) as never,
    version: '0',
  });
  const begun = Promise.withResolvers<void>();
  const left = Promise.withResolvers<{ readonly aborted: boolean; readonly refused: unknown }>();
  const attempt = new MockActivityEnvironment().run(() =>
    run(context, 'apply', (_, progress) =>
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

function refusalOf(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
