import { describe, expect, it } from 'vitest';
import { LandfallError, type ErrorCode } from '../core/errors.ts';
import { createMemoryLocation, type MemoryStore } from '../../test/support/memory-location.ts';
import type { Location } from '../ports/location.ts';
import { withFault, type FaultSchedule } from '../../test/support/with-fault.ts';
import { withRetry, type LocationRetry, type RetryOptions } from './with-retry.ts';

const failure = (code: ErrorCode, retryAfterMs?: number): LandfallError =>
  new LandfallError(code, { what: 'planned', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

function faulty(plan: FaultSchedule, options: RetryOptions = {}) {
  const store: MemoryStore = new Map();
  const retries: LocationRetry[] = [];
  const inner = withFault(createMemoryLocation('m', store), plan);
  const location = withRetry(inner, { baseDelayMs: 1, onRetry: (retry) => retries.push(retry), ...options });
  return { store, retries, location };
}

const bytes = Buffer.from('content');

describe('withRetry', () => {
  it('repeats what may go away, and reports each time', async () => {
    const error = failure('LOCATION_UNREACHABLE');
    const { location, retries } = faulty(({ call }) => (call < 4 ? { kind: 'fail-before', error } : undefined));
    expect(await location.create('k', bytes)).toBe('created');
    expect(retries.map((retry) => [retry.attempt, retry.attemptsMax, retry.error.code])).toEqual([
      [1, 6, 'LOCATION_UNREACHABLE'],
      [2, 6, 'LOCATION_UNREACHABLE'],
      [3, 6, 'LOCATION_UNREACHABLE'],
    ]);
  });

  it('says of each call whether it is answered, and by which words it was refused last', async () => {
    const reported: string[] = [];
    const remote = { kind: 'Location', name: 'm', address: 's3.example.com' } as const;
    const follow: RetryOptions['follow'] = {
      remote,
      request: ({ subject }) => ({
        sent: () => void reported.push(`sent ${subject}`),
        received: () => undefined,
        failed: ({ words, isAnswered }) => void reported.push(`failed ${words} ${isAnswered}`),
        answered: () => void reported.push('answered'),
        ended: () => void reported.push('ended'),
      }),
    };
    const error = new LandfallError('LOCATION_UNREACHABLE', { what: 'planned', why: 'no connection (ECONNREFUSED)' });
    const refusal = failure('LOCATION_THROTTLED');
    const plan: FaultSchedule = ({ call }) =>
      call > 2 ? undefined : { kind: 'fail-before', error: call === 1 ? error : refusal };
    await faulty(plan, { follow }).location.put('k', bytes);
    const refused = ['failed no connection (ECONNREFUSED) false', 'sent put k', 'failed planned true'];
    expect(reported).toEqual(['sent put k', ...refused, 'sent put k', 'answered', 'ended']);
  });

  it.each(['LOCATION_CREDENTIALS', 'LOCATION_FORBIDDEN', 'LOCATION_FULL', 'CLOCK_SKEW', 'LOCATION_NOT_FOUND'] as const)(
    'never repeats %s',
    async (code) => {
      const { location, retries } = faulty(() => ({ kind: 'fail-before', error: failure(code) }));
      await expect(location.put('k', bytes)).rejects.toMatchObject({ code });
      expect(retries).toHaveLength(0);
    }
  );

  it('fails after the attempts allowed, with the last error', async () => {
    const error = failure('LOCATION_SERVER_ERROR');
    const { location, retries } = faulty(() => ({ kind: 'fail-before', error }), { attemptsMax: 3 });
    await expect(location.read('k')).rejects.toBe(error);
    expect(retries).toHaveLength(2);
  });

  it('fails when the deadline would pass, without waiting for it', async () => {
    const error = failure('LOCATION_THROTTLED', 60_000);
    const { location, retries } = faulty(() => ({ kind: 'fail-before', error }), { deadlineMs: 1_000 });
    await expect(location.read('k')).rejects.toBe(error);
    expect(retries).toHaveLength(0);
  });

  it('waits at least as long as Retry-After says', async () => {
    const error = failure('LOCATION_THROTTLED', 120);
    const plan: FaultSchedule = ({ call }) => (call === 1 ? { kind: 'fail-before', error } : undefined);
    const { location, retries } = faulty(plan, { random: () => 0 });
    const startedAt = performance.now();
    await location.head('k');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
    expect(retries[0]?.delayMs).toBe(120);
  });

  it('draws the pause from the whole interval below the doubling limit', async () => {
    const error = failure('LOCATION_UNREACHABLE');
    const options = { baseDelayMs: 4, delayMaxMs: 10, random: () => 0.5, attemptsMax: 5 };
    const { location, retries } = faulty(() => ({ kind: 'fail-before', error }), options);
    await expect(location.read('k')).rejects.toBe(error);
    expect(retries.map((retry) => retry.delayMs)).toEqual([2, 4, 5, 5]);
  });

  it('counts own content as created when the first answer was lost', async () => {
    const error = failure('LOCATION_UNREACHABLE');
    const { location } = faulty(({ call }) => (call === 1 ? { kind: 'fail-after', error } : undefined));
    expect(await location.create('k', bytes)).toBe('created');
  });

  it('answers exists when somebody else took the key between two attempts, even with the same length', async () => {
    const error = failure('LOCATION_UNREACHABLE');
    const { location, store } = faulty(({ call }) => {
      if (call === 1) store.set('k', Buffer.from('CONTENT'));
      return call === 1 ? { kind: 'fail-before', error } : undefined;
    });
    expect(await location.create('k', bytes)).toBe('exists');
    expect(Buffer.from(store.get('k') ?? []).toString()).toBe('CONTENT');
  });

  it('answers exists at once when the first attempt says so', async () => {
    const { location, store } = faulty(() => undefined);
    store.set('k', bytes);
    expect(await location.create('k', bytes)).toBe('exists');
  });

  it('abandons an attempt that hangs and repeats it', async () => {
    const { location, retries } = faulty(({ call }) => (call === 1 ? { kind: 'hang' } : undefined), {
      attemptTimeoutMs: 30,
    });
    expect(await location.head('k')).toBeUndefined();
    expect(retries[0]?.error).toMatchObject({ code: 'LOCATION_UNREACHABLE', why: 'no response within 0 s' });
  });

  it('stops a hanging call and a pause at once when aborted', async () => {
    for (const plan of [
      (): { kind: 'hang' } => ({ kind: 'hang' }),
      (): { kind: 'fail-before'; error: Error } => ({
        kind: 'fail-before',
        error: failure('LOCATION_THROTTLED', 60_000),
      }),
    ]) {
      const { location } = faulty(plan);
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('enough')), 20);
      await expect(location.head('k', { signal: controller.signal })).rejects.toThrow('enough');
    }
  });

  it('lets a write that is under way end after an abort, begins none, and does not wait for ever', async () => {
    const memory = createMemoryLocation('m', new Map());
    const begun = Promise.withResolvers<void>();
    const stored = Promise.withResolvers<void>();
    const slow: Location = {
      ...memory,
      put: async (key, value) => {
        begun.resolve();
        await stored.promise;
        return memory.put(key, value);
      },
    };
    const controller = new AbortController();
    const { signal } = controller;
    const patient = withRetry(slow);
    const writing = patient.put('k', bytes, { signal });
    await begun.promise;
    controller.abort(new Error('enough'));
    await expect(patient.put('other', bytes, { signal })).rejects.toThrow('enough');
    stored.resolve();
    await writing;
    expect(await memory.head('k')).toBeDefined();

    const stuck = withRetry({ ...memory, put: () => new Promise<never>(() => undefined) }, { graceMs: 10 });
    const second = new AbortController();
    setTimeout(() => second.abort(new Error('enough')), 10);
    await expect(stuck.put('k', bytes, { signal: second.signal })).rejects.toThrow('enough');
  });

  it('gives a read the time of the largest object that a Location holds', async () => {
    const memory = createMemoryLocation('m', new Map([['pack', bytes]]));
    const asked: number[] = [];
    const follow: RetryOptions['follow'] = {
      remote: { kind: 'Location', name: 'm', address: 'memory' },
      request: ({ failsAfterMs }) => {
        asked.push(failsAfterMs);
        const nothing = (): void => undefined;
        return { sent: nothing, received: nothing, answered: nothing, failed: nothing, ended: nothing };
      },
    };
    await withRetry(memory, { follow, attemptTimeoutMs: 0, deadlineMs: 0 }).read('pack');
    const packBytes = (20 + 8) * 1024 * 1024;
    expect(asked[0]).toBeGreaterThan((packBytes / (256 * 1024)) * 1_000);
  });

  it('continues a list that breaks off, without a key twice or none', async () => {
    const error = failure('LOCATION_SERVER_ERROR');
    const { location, store } = faulty(({ call }) => (call % 7 === 0 ? { kind: 'fail-before', error } : undefined));
    const keys = Array.from({ length: 50 }, (_, at) => `list/${String(at).padStart(2, '0')}`);
    for (const key of keys) store.set(key, bytes);
    const found: string[] = [];
    for await (const { key } of location.list('list/')) found.push(key);
    expect(found).toEqual(keys);
  });
});
