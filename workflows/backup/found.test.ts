import { expect, it } from 'vitest';
import type { BackupInput } from '../../src/core/run/context.ts';
import { factsOf, newFound } from './found.ts';

const spec = {
  ...{ onFailure: 'rollback', volumes: { mode: 'none', parallel: 1 }, hooks: { pre: [], post: [] } },
  copies: { quorum: 1, to: [{ location: { name: 'second' } }] },
};

it('of a backup names its copies, and of its clean-up none', () => {
  const found = newFound({ runId: 'shop-1', spec } as unknown as BackupInput);
  expect(factsOf(found).copies).toEqual(['second']);
  const remains = { claims: [], applyGroups: [], appliers: 0, places: [] };
  expect(factsOf({ ...found, remains }).copies).toBeUndefined();
});
