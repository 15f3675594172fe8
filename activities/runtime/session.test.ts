import { MockActivityEnvironment } from '@temporalio/testing';
import pMap from 'p-map';
import { expect, it } from 'vitest';
import { storeJson } from '../../src/archive/run-objects.ts';
import { LandfallError } from '../../src/core/errors.ts';
import { createMemoryLocation } from '../../test/support/memory-location.ts';
import type { Bodies } from '../bodies.ts';
import { trackEffect, createSessions, assertNotFenced, type OpenSession } from './session.ts';
import type { RunContext } from '../../src/core/run/context.ts';

const asRun = { opens: 'run', roles: ['source', 'target'], isCompensation: false } as const;

it('an attempt ends when no write of it is under way any more, also one that nobody waits for', async () => {
  const { context, open } = await setting();
  const stored = Promise.withResolvers<string>();
  let over = false;
  const attempt = new MockActivityEnvironment()
    .run(() =>
      open({ ...asRun, context, stepId: 'apply' }, () => {
        void trackEffect(() => stored.promise);
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
  const remaining = Promise.withResolvers<{ readonly aborted: boolean; readonly refused: unknown }>();
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
        remaining.resolve({ aborted: progress.signal.aborted, refused: refusalOf(assertNotFenced) });
      })
    )
  );
  await expect(attempt).rejects.toMatchObject({ type: 'CLUSTER_FORBIDDEN' });
  expect(await remaining.promise).toMatchObject({ aborted: true, refused: { code: 'WORKER_LOST' } });
});

it('opens the roles of the activity and no other, once for all activities of the run', async () => {
  const { context, open, opened } = await setting();
  const named = async (roles: readonly ('source' | 'target')[]): Promise<unknown> =>
    new MockActivityEnvironment().run(() =>
      open({ ...asRun, roles, context, stepId: 'apply' }, (session) => Promise.resolve(Object.keys(session)))
    );
  expect(await named([])).not.toContain('target');
  expect(opened).toEqual(['location']);
  expect(await named(['target'])).not.toContain('source');
  expect(await named(['target', 'source'])).toEqual(expect.arrayContaining(['source', 'target']));
  expect(opened).toEqual(['location', 'target', 'source']);
});

it('fails with the code of the role that does not open, and opens it again for the next attempt', async () => {
  const invalid = new LandfallError('KUBECONFIG_INVALID', { what: 'there is no such file' });
  const { context, open, opened } = await setting((role) => (role === 'source' ? Promise.reject(invalid) : undefined));
  for (const _ of [1, 2]) {
    const attempt = new MockActivityEnvironment().run(() =>
      open({ ...asRun, context, stepId: 'preflight' }, () => Promise.resolve())
    );
    await expect(attempt).rejects.toMatchObject({ type: 'KUBECONFIG_INVALID' });
  }
  expect(opened).toEqual(['location', 'source', 'source']);
});

it('does not compile for a role that is not in the row of the activity', () => {
  type Given = Parameters<Bodies['applyBatch']>[0];
  const given = { target: { name: 'east' } } as Given;
  // @ts-expect-error its row has the target alone
  expect(given.source).toBeUndefined();
  expect(given.target.name).toBe('east');
});

it('asks before a run goes on whether the worker would do all of it, and not before it undoes', async () => {
  const { context, open } = await setting(
    () => undefined,
    undefined,
    () => Promise.reject(new LandfallError('POLICY_REFUSED', { what: 'hooks are not allowed' }))
  );
  const attempt = (opens: 'run' | 'ended-run'): Promise<unknown> =>
    new MockActivityEnvironment().run(() =>
      open({ ...asRun, opens, context, stepId: 'x' }, () => Promise.resolve('done'))
    );
  await expect(attempt('run')).rejects.toMatchObject({ type: 'POLICY_REFUSED', nonRetryable: true });
  expect(await attempt('ended-run')).toBe('done');
});

it('refuses a role that the run does not have', async () => {
  const { context, open } = await setting(() => undefined, { source: {} });
  const attempt = new MockActivityEnvironment().run(() =>
    open({ ...asRun, context, stepId: 'apply' }, () => Promise.resolve())
  );
  await expect(attempt).rejects.toMatchObject({ type: 'INTERNAL', message: 'this run has no target' });
});

it('closes the Location when the specification cannot be read', async () => {
  const { context, open, closed } = await setting();
  const gone = { ...context, spec: { ...context.spec, key: 'runs/shop-7f3k/gone' } };
  const attempt = new MockActivityEnvironment().run(() =>
    open({ ...asRun, context: gone, stepId: 'preflight' }, () => Promise.resolve())
  );
  await expect(attempt).rejects.toMatchObject({ type: 'STORED_OBJECT_MISSING' });
  expect(closed).toEqual(['location']);
});

it('needs neither a cluster nor the specification for what needs the Location alone', async () => {
  const { context, open, opened, closed } = await setting();
  const gone = { ...context, spec: {} as never };
  await new MockActivityEnvironment().run(() =>
    open({ ...asRun, opens: 'location', roles: [], context: gone, stepId: 'finish' }, async (location) => {
      await location.create('k', Buffer.from('x'));
    })
  );
  expect([opened, closed]).toEqual([['location'], ['location']]);
});

interface Setting {
  readonly open: OpenSession;
  readonly context: RunContext;
  readonly opened: string[];
  readonly closed: string[];
}

/** A run with its specification in a Location; `fail` gives what opening a role comes to instead. */
async function setting(
  fail: (role: string) => Promise<never> | undefined = () => undefined,
  spec: object = { source: {}, target: {} },
  checkRun: () => Promise<void> = () => Promise.resolve()
): Promise<Setting> {
  const memory = createMemoryLocation('store', new Map());
  const opened: string[] = [];
  const closed: string[] = [];
  const opening = <T>(role: string, value: T): Promise<T> => {
    opened.push(role);
    return fail(role) ?? Promise.resolve({ ...value, close: () => Promise.resolve(void closed.push(role)) });
  };
  const open = createSessions({
    openLocation: () => opening('location', memory),
    openCluster: (_spec, side) => opening(side, {} as never),
    createMover: () => ({}) as never,
    checkRun,
    version: '0',
  });
  const context: RunContext = {
    runId: 'shop-7f3k',
    location: { provider: 'filesystem', name: 'store', path: '/nowhere' } as never,
    spec: await storeJson({ location: memory, path: 'runs/shop-7f3k/spec' }, spec),
  };
  return { context, open, opened, closed };
}

function refusalOf(effect: () => void): unknown {
  try {
    effect();
    return undefined;
  } catch (error) {
    return error;
  }
}
