import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runWorld, type WorldCounts } from '../../test/support/retention-world.ts';

it('removes nothing that is referred to or used, whoever comes first and whoever dies', async () => {
  const sum: Record<string, number> = {};
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const counts: WorldCounts = await runWorld({ seed, episodes: 12 });
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
    }),
    { numRuns: Number(process.env['LANDFALL_WORLDS'] ?? 150) }
  );
  if (process.env['LANDFALL_WORLDS'] !== undefined) console.log(sum);
  // The model meets what it is about.
  expect(Object.entries(sum).filter(([, count]) => count <= 10)).toEqual([]);
}, 600_000);
