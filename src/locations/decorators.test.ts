import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LandfallError } from '../core/errors.ts';
import type { Location } from '../ports/location.ts';
import type { Effect } from '../ports/failpoints.ts';
import { createMemoryLocation } from '../../test/support/memory-location.ts';
import { probeLocation } from './probe.ts';
import { newLocationCounts, withCount } from './with-count.ts';
import { withFault } from '../../test/support/with-fault.ts';
import { withLimit } from './with-limit.ts';
import { withReadOnly } from './with-read-only.ts';
import { withRetry } from './with-retry.ts';
import { withFailpoints } from './with-failpoints.ts';

const bytes = Buffer.from('content');
const refused = new LandfallError('LOCATION_FORBIDDEN', { what: 'refused', why: 'AccessDenied' });

describe('withFailpoints', () => {
  it('surrounds writes, and only writes, with their failpoints', async () => {
    const calls: string[] = [];
    const note = (when: string) => (effect: Effect) => {
      calls.push(`${when} ${effect.name} ${effect.subject}`);
      return Promise.resolve();
    };
    const location = withFailpoints(
      createMemoryLocation('m'),
      { before: note('before'), after: note('after') },
      'copy'
    );
    await location.create('a', bytes);
    await location.read('a');
    await location.delete('a');
    expect(calls).toEqual([
      'before copy.create a',
      'after copy.create a',
      'before copy.delete a',
      'after copy.delete a',
    ]);
  });

  it('below a retry, a failure at the failpoint after the effect is resolved', async () => {
    let failed = false;
    const failpoints = {
      before: () => Promise.resolve(),
      after: () => {
        if (failed) return Promise.resolve();
        failed = true;
        return Promise.reject(new LandfallError('LOCATION_UNREACHABLE', { what: 'the answer was lost' }));
      },
    };
    const location = withRetry(withFailpoints(createMemoryLocation('m'), failpoints), { baseDelayMs: 0 });
    expect(await location.create('a', bytes)).toBe('created');
    expect(failed).toBe(true);
  });
});

describe('withCount', () => {
  it('counts requests, failures and bytes', async () => {
    const counts = newLocationCounts();
    const location = withCount(createMemoryLocation('m'), counts);
    await location.create('a', bytes);
    await location.create('a', bytes);
    await location.put('b', bytes);
    await location.read('a');
    await expect(location.read('absent')).rejects.toThrow('STORED_OBJECT_MISSING');
    expect(counts.requests).toMatchObject({ create: 2, put: 1, read: 2 });
    expect(counts.failures).toMatchObject({ create: 0, read: 1 });
    expect(counts).toMatchObject({ writtenBytes: 14, readBytes: 7 });
  });
});

describe('withLimit', () => {
  it('runs no more calls at once than allowed, and all of them', async () => {
    let running = 0;
    let most = 0;
    const slow = withFault(createMemoryLocation('m'), () => ({ kind: 'delay', delayMs: 2 }));
    const watched = {
      ...slow,
      async head(key: string) {
        running += 1;
        most = Math.max(most, running);
        const found = await slow.head(key);
        running -= 1;
        return found;
      },
    };
    const location = withLimit(watched, 3);
    await Promise.all(Array.from({ length: 20 }, (_, at) => location.head(`k${at}`)));
    expect(most).toBe(3);
    expect(running).toBe(0);
  });

  it('gives its place back when a call fails', async () => {
    const location = withLimit(createMemoryLocation('m'), 1);
    await expect(location.read('absent')).rejects.toThrow('STORED_OBJECT_MISSING');
    await location.create('a', bytes);
    for await (const { key } of location.list('')) expect(await location.head(key)).toBeDefined();
  });
});

describe('withReadOnly', () => {
  it('distinguishes a location that can be read from one that cannot', async () => {
    const readable = withFault(createMemoryLocation('m'), ({ operation }) =>
      operation === 'create' ? { kind: 'fail-before', error: refused } : undefined
    );
    await expect(withReadOnly(readable).create('a', bytes)).rejects.toMatchObject({
      code: 'LOCATION_READ_ONLY',
      detail: { what: 'cannot write a in Location m', why: 'AccessDenied' },
    });
    const closed = withFault(createMemoryLocation('m'), () => ({ kind: 'fail-before', error: refused }));
    await expect(withReadOnly(closed).create('a', bytes)).rejects.toBe(refused);
  });
});

describe('probeLocation', () => {
  it('removes its key when it is aborted in the middle, and what a killed attempt of its owner has left', async () => {
    const remaining = `probe/shop-7f3k-${randomUUID()}`;
    const theirs = [`probe/other-${randomUUID()}`, `probe/shop-7f3k-9a2b-${randomUUID()}`];
    const store = new Map<string, Uint8Array>([remaining, ...theirs].map((key) => [key, Buffer.from('left')]));
    const memory = createMemoryLocation('m', store);
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const aborted: Location = {
      ...memory,
      read: async () => {
        cancel.abort(reason);
        throw new Error('broken off');
      },
    };
    const probe = probeLocation(aborted, { owner: 'shop-7f3k', signal: cancel.signal });
    await expect(probe).rejects.toBe(reason);
    expect([...store.keys()]).toEqual([remaining, ...theirs]);
    expect(await probeLocation(memory, { owner: 'shop-7f3k' })).toEqual([]);
    expect([...store.keys()]).toEqual(theirs);
  });

  it('says nothing of a fit location and leaves nothing', async () => {
    const store = new Map<string, Uint8Array>();
    expect(await probeLocation(createMemoryLocation('m', store))).toEqual([]);
    expect(store.size).toBe(0);
  });

  it('finds a store that ignores the condition of a create', async () => {
    const memory = createMemoryLocation('m');
    const problems = await probeLocation({
      ...memory,
      async create(key, content) {
        await memory.put(key, content);
        return 'created';
      },
    });
    expect(problems.map((problem) => problem.why).join('\n')).toContain('ignores the condition');
  });

  it('finds what is altered, and what a list does not show', async () => {
    const memory = createMemoryLocation('m');
    const altered = withFault(memory, ({ operation }) =>
      operation === 'read' ? { kind: 'alter', alter: (content) => content.slice(1) } : undefined
    );
    expect((await probeLocation(altered))[0]?.why).toContain('what was read back differs');
    const blind = { ...memory, list: () => createMemoryLocation('empty').list('') };
    expect((await probeLocation(blind))[0]?.why).toContain('a listing right after a write');
  });

  it('says once what every step says', async () => {
    const closed = withFault(createMemoryLocation('m'), () => ({ kind: 'fail-before', error: refused }));
    expect(await probeLocation(closed)).toEqual([refused.detail]);
  });
});
