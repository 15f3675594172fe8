import { defineConfig } from 'vitest/config';

/** One project a level of the pyramid; `npm run check` runs unit, `npm test` all of them. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{src,activities,workflows,worker,lab,scripts}/**/*.test.ts',
            'test/{translate,bench,torture,runs}/**/*.test.ts',
          ],
          testTimeout: 60_000,
        },
      },
      { test: { name: 'replay', include: ['test/replay/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: ['test/support/labs-down.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          // One lab for all files, whose storage each of them compares as a whole: one after the other.
          name: 'mover',
          include: ['test/mover/**/*.test.ts'],
          globalSetup: ['test/support/labs-down.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/labs-down.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      endToEnd('e2e', 'test/e2e/demo.test.ts'),
      endToEnd('durability', 'test/e2e/{assess,durability}.test.ts'),
    ],
  },
});

/** A level on two whole clusters: one lab for all of it, tests side by side, since most of their time is waiting. */
function endToEnd(name: string, file: string) {
  return {
    test: {
      name,
      include: [file],
      globalSetup: ['test/support/e2e/global-setup.ts'],
      maxConcurrency: 6,
      testTimeout: 1_200_000,
      hookTimeout: 1_800_000,
      fileParallelism: false,
    },
  };
}
