import { describe, expect, it } from 'vitest';
import type { ConfigProblem } from '../../config/problem.ts';
import { LandfallError } from '../../core/errors.ts';
import { loadText } from '../load-file.ts';

const head = `apiVersion: landfall.dev/v1alpha1
kind: Cluster
metadata: { name: west }
spec: { kubeconfig: { path: ./west } }
---
apiVersion: landfall.dev/v1alpha1
kind: Location
metadata: { name: disk }
spec: { provider: filesystem, path: ./disk, encryption: none }
---
apiVersion: landfall.dev/v1alpha1
kind: ProtectionPolicy
metadata: { name: shop }
spec: `;
const daily = { name: 'daily', cron: '0 3 * * *', retention: { daily: 7 } };

function load(spec: object) {
  const whole = {
    source: 'west',
    location: 'disk',
    scope: { namespaces: ['shop'] },
    volumes: { mode: 'none' },
    ...spec,
  };
  return loadText(`${head}${JSON.stringify(whole)}\n`, '/etc/landfall/policy.yaml');
}

async function reported(tiers: readonly object[]): Promise<readonly string[]> {
  const error: unknown = await load({ tiers }).catch((caught: unknown) => caught);
  if (!(error instanceof LandfallError)) throw new Error('expected a LandfallError', { cause: error });
  return (error.problems as readonly ConfigProblem[]).map(({ what }) => what);
}

describe('a ProtectionPolicy', () => {
  it('becomes a backup for each tier, marked with both', async () => {
    const { policies } = await load({ tiers: [daily, { ...daily, name: 'often', cron: '*/15 * * * *' }] });
    expect(policies[0]?.tiers.map(({ backup }) => [backup.name, backup.protection])).toEqual([
      ['shop-daily', { policy: 'shop', tier: 'daily' }],
      ['shop-often', { policy: 'shop', tier: 'often' }],
    ]);
    expect(policies[0]?.tiers[0]?.tier).toEqual({
      ...{ name: 'daily', cron: '0 3 * * *', timeZone: 'UTC', jitterMs: 0, catchUpMs: 3_600_000, overlap: 'skip' },
      retention: { keepLast: 0, daily: 7, weekly: 0, monthly: 0, yearly: 0, keepForMs: 0 },
    });
  });

  it('reports everything that is wrong with its tiers at once', async () => {
    const found = await reported([
      daily,
      { ...daily, cron: '0  3 * * *' },
      { name: 'x'.repeat(60), cron: '0 0 30 2 *', retention: {} },
      { name: 'wrong', cron: 'daily', timeZone: 'Middle/Earth', catchUp: '1s', retention: { keepLast: 1 } },
    ]);
    for (const expected of [
      'is already used by a tier above',
      'is always the moment of tier daily',
      'characters with the name of the policy',
      'never fires',
      'keeps nothing',
      'has 1 fields instead of five',
      'is not a time zone',
      'is below 10s',
    ])
      expect(found.join('; ')).toContain(expected);
  });
});
