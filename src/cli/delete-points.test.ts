import { describe, expect, it } from 'vitest';
import { usePoint } from '../archive/use-point.ts';
import { LandfallError } from '../core/errors.ts';
import { createMemoryLocation } from '../locations/memory/index.ts';
import { deletePoints } from './delete-points.ts';
import type { SweepPlace } from './sweep-location.ts';

const [first, second] = ['shop-7f3kaaaaaaaaa', 'shop-7f3kbaaaaaaaa'] as const;

async function place(): Promise<SweepPlace> {
  const location = createMemoryLocation('store');
  for (const id of [first, second]) await usePoint(location, { point: id, run: id });
  return { location } as SweepPlace;
}

async function refusal(names: readonly string[]): Promise<LandfallError> {
  const wish = { graceMs: 0, yes: false, output: 'json' } as const;
  const error: unknown = await deletePoints(await place(), names, wish).catch((caught: unknown) => caught);
  if (!(error instanceof LandfallError)) throw new Error('nothing was refused', { cause: error });
  return error;
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
});
