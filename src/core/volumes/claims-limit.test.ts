import { expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { tooManyClaims } from './claims-limit.ts';

it('stops a migration of more claims than may travel with it, and says how many there are', () => {
  expect(tooManyClaims('shop', limits.claims)).toEqual([]);
  expect(tooManyClaims('shop', limits.claims + 1)).toMatchObject([
    {
      ...{ code: 'VOLUMES_TOO_MANY', severity: 'blocker', subject: 'shop' },
      message: '4,001 claims would move; one migration moves at most 4,000',
    },
  ]);
});
