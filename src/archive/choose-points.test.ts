import { describe, expect, it } from 'vitest';
import { LandfallError } from '../core/errors.ts';
import { commit, samples } from '../../test/contract/location-capture.ts';
import { createMemoryLocation } from '../../test/support/memory-location.ts';
import type { Location } from '../ports/location.ts';
import { chooseDeleted, chooseVerified } from './choose-points.ts';
import { usePoint } from './use-point.ts';

const [first, second] = ['shop-7f3kaaaaaaaaa', 'shop-7f3kbaaaaaaaa'] as const;

async function place(): Promise<Location> {
  const location = createMemoryLocation('store');
  for (const id of [first, second]) await usePoint(location, { point: id, run: id });
  return location;
}

async function refused(choosing: Promise<unknown>): Promise<LandfallError> {
  const error: unknown = await choosing.catch((caught: unknown) => caught);
  if (!(error instanceof LandfallError)) throw new Error('nothing was refused', { cause: error });
  return error;
}

async function refusal(names: readonly string[]): Promise<LandfallError> {
  return refused(chooseDeleted(await place(), { by: 'name', names }));
}

describe('recovery points named for deletion', () => {
  it('are refused by a short id that stands for two, which it names', async () => {
    const { code, detail } = await refusal(['shop-7f3k']);
    expect(code).toBe('ID_AMBIGUOUS');
    expect(detail.what).toBe('shop-7f3k stands for 2 recovery points: shop-7f3ka, shop-7f3kb');
  });

  it('are found by a short id: the one it stands for is in use, and no other is looked at', async () => {
    const { code, problems } = await refusal(['shop-7f3kb']);
    expect(code).toBe('RECOVERY_POINT_IN_USE');
    expect(problems?.map(({ what }) => what)).toEqual([expect.stringContaining(second)]);
  });

  it('are refused when there is none', async () => {
    expect((await refusal(['shop-9'])).code).toBe('RECOVERY_POINT_NOT_FOUND');
  });

  it('are refused together, with every reason', async () => {
    const { code, detail, problems } = await refusal(['shop-9', first]);
    expect([code, problems.map((problem) => problem.code)]).toEqual([
      'RECOVERY_POINT_NOT_FOUND',
      ['RECOVERY_POINT_NOT_FOUND', 'RECOVERY_POINT_IN_USE'],
    ]);
    expect(detail.what).toContain(`and 1 more: recovery point ${first} is used by`);
  });
});

it('a short id that stands for two points is not verified', async () => {
  expect((await refused(chooseVerified(await place(), ['shop-7f3k']))).code).toBe('ID_AMBIGUOUS');
});

describe('a store whose clock jumps a year ahead', () => {
  const yearMs = 365 * 86_400_000;
  async function afterJump(): Promise<Location> {
    let aheadMs = 0;
    const location = createMemoryLocation('store', new Map(), () => Date.now() + aheadMs);
    for (const id of [first, second]) await commit(location, id, [samples(2)]);
    await usePoint(location, { point: first, run: 'restore-1' });
    aheadMs = yearMs;
    return location;
  }

  it('makes no point old enough to be pruned', async () => {
    const choice = await chooseDeleted(await afterJump(), { by: 'policy', policy: { olderThanMs: 30 * 86_400_000 } });
    expect(choice.map(({ goes, why }) => [goes, why])).toEqual([
      [false, 'not old enough'],
      [false, 'not old enough'],
    ]);
  });

  it('does not make a run look dead that uses the point', async () => {
    const choosing = chooseDeleted(await afterJump(), { by: 'name', names: [first] });
    expect((await refused(choosing)).code).toBe('RECOVERY_POINT_IN_USE');
  });
});
