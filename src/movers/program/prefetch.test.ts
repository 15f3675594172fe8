import { describe, expect, it } from 'vitest';
import { choosePrefetch } from './prefetch.ts';

const line = (size: number | string, id: string, path = 'd/f') =>
  `-rw-r--r-- ${String(size).padStart(12)} 2026-11-30 07:58:13 UTC ${id.padEnd(34)} ${path}`;
const small = (count: number, size = 1000) => Array.from({ length: count }, (_, at) => line(size, `a${at}`));

async function* given(lines: readonly string[]): AsyncGenerator<string> {
  for (const one of lines) yield await Promise.resolve(one);
}

describe('what is fetched ahead of a restore', () => {
  it('is the packs of small files, where there are many', async () => {
    expect(await choosePrefetch(given(small(499)))).toBeUndefined();
    const chosen = await choosePrefetch(given(small(500)));
    expect([chosen?.ids.length, chosen?.ids[0], chosen?.hint]).toEqual([500, 'a0', 'blobs']);
  });

  it('excludes directories, links, empty and large files, and what is no line of a file', async () => {
    const others = [
      line(94_650, 'k86e9').replace('-rw', 'drw'),
      line(9, 'l1').replace('-rw', 'Lrw'),
      line(0, 'e0'),
      line(200_000, 'b1'),
      line(5_000_000, 'Ix7'),
      'the rest of a name with a line feed',
      '',
    ];
    expect((await choosePrefetch(given([...others, ...small(500)])))?.ids).toHaveLength(500);
  });

  it('takes no large volume along for the small files in it', async () => {
    const large = Array.from({ length: 300 }, (_, at) => line(10_000_000, `b${at}`));
    expect((await choosePrefetch(given([...small(1000), ...large])))?.hint).toBe('default');
  });

  it('ends where the scratch volume should', async () => {
    const { ids = [] } = (await choosePrefetch(given(small(4000, 120_000)))) ?? {};
    expect(ids.length * 120_000).toBeLessThanOrEqual(256 * 1024 * 1024);
    expect(ids.length).toBeGreaterThan(2000);
  });
});
