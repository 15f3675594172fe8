import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPool } from './pool.ts';

/** A pool of names that records what was opened and closed, and fails whoever works with a closed one. */
function recorded(max: number, ms = 60_000) {
  const reported: string[] = [];
  const closed = new Set<string>();
  const pool = createPool<string>(
    async (name) => {
      reported.push(`close ${name}`);
      closed.add(name);
    },
    { max, ms }
  );
  const open = (name: string) => async (): Promise<string> => {
    reported.push(`open ${name}`);
    closed.delete(name);
    return name;
  };
  const work = (name: string, turns = 1): Promise<void> =>
    pool.use(name, open(name), async (value) => {
      for (let index = 0; index < turns; index += 1) {
        await turn();
        if (closed.has(value)) throw new Error(`${value} was closed under its user`);
      }
    });
  return { reported, pool, work };
}

describe('a pool', () => {
  it('closes what nobody has used for a while, and nothing that is used again', async () => {
    const { reported, work } = recorded(8, 20);
    await work('a');
    await work('a');
    expect(reported).toEqual(['open a']);
    await expect.poll(() => reported).toEqual(['open a', 'close a']);
    await work('a');
    expect(reported.at(-1)).toBe('open a');
  });

  it('opens a thing once for users at the same time and for later ones', async () => {
    const { reported, work } = recorded(2);
    await Promise.all([work('a'), work('a')]);
    await work('a');
    expect(reported).toEqual(['open a']);
  });

  it('never closes what is in use, however many that are', async () => {
    const { reported, work } = recorded(1);
    await Promise.all(Array.from({ length: 12 }, (_, index) => work(`run-${index}`, 5 + index)));
    expect(reported.filter((one) => one.startsWith('open'))).toHaveLength(12);
    expect(reported.filter((one) => one.startsWith('close'))).toHaveLength(11);
  });

  it('closes the idle one that was used longest ago', async () => {
    const { reported, work } = recorded(2);
    for (const name of ['a', 'b', 'a', 'c']) await work(name);
    expect(reported).toEqual(['open a', 'open b', 'open c', 'close b']);
  });

  it('tries again to open what could not be opened', async () => {
    const { work, pool } = recorded(2);
    const refused = pool.use(
      'a',
      () => Promise.reject(new Error('no')),
      () => Promise.resolve()
    );
    await expect(refused).rejects.toThrow('no');
    await expect(work('a')).resolves.toBeUndefined();
  });
});
