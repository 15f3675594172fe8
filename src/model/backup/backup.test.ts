import { describe, expect, it } from 'vitest';
import { LandfallError } from '../../core/errors.ts';
import { kindOfRun } from '../../core/run/roles.ts';
import type { ConfigProblem } from '../../config/problem.ts';
import { loadText } from '../load-file.ts';

const head = `apiVersion: landfall.dev/v1alpha1
kind: Cluster
metadata: { name: west }
spec: { kubeconfig: { path: ./west } }
---
apiVersion: landfall.dev/v1alpha1
kind: Location
metadata: { name: store }
spec: { provider: s3, bucket: backups, region: r, encryption: none, repositoryPassword: { env: P } }
---
apiVersion: landfall.dev/v1alpha1
kind: Location
metadata: { name: plain }
spec: { provider: s3, bucket: backups, region: r, encryption: none }
---
apiVersion: landfall.dev/v1alpha1
kind: Location
metadata: { name: disk }
spec: { provider: filesystem, path: ./disk, encryption: none, repositoryPassword: { env: P } }
---
apiVersion: landfall.dev/v1alpha1
kind: Backup
metadata: { name: shop }
spec:
`;

function written(spec: object): string {
  const whole = { source: 'west', location: 'store', scope: { namespaces: ['shop'] }, ...spec };
  return (
    head +
    Object.entries(whole)
      .map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`)
      .join('')
  );
}

async function reported(spec: object): Promise<readonly string[]> {
  const error: unknown = await loadText(written(spec), '/etc/landfall/backup.yaml').catch((caught: unknown) => caught);
  if (!(error instanceof LandfallError)) throw new Error('expected a LandfallError', { cause: error });
  return (error.problems as readonly ConfigProblem[]).map(({ what }) => what);
}

describe('a Backup', () => {
  it('becomes a run without a target, of which everything about one is at its default', async () => {
    const { backups } = await loadText(written({}), '/etc/landfall/backup.yaml');
    const [spec] = backups;
    expect(spec).toMatchObject({
      ...{
        name: 'shop',
        source: { name: 'west', kubeconfig: { path: '/etc/landfall/west' } },
        location: { name: 'store' },
      },
      ...{ volumes: { mode: 'move', parallel: 4, withoutSnapshot: 'fail', timeoutMs: 86_400_000 } },
      ...{ namespaceMapping: {}, storageClasses: {}, transforms: [], dryRun: false, onFailure: 'rollback' },
      ...{ landfallNamespace: 'landfall-system', hooks: { pre: [], post: [] } },
    });
    expect(kindOfRun(spec!)).toBe('backup');
    expect(Object.keys(spec!)).not.toEqual(expect.arrayContaining(['target']));
  });

  it('has as many copies as can count, unless the file says fewer', async () => {
    const to = [{ location: 'disk' }, { location: 'plain', group: 'here' }];
    const [all] = (await loadText(written({ copies: { to } }), '/etc/landfall/backup.yaml')).backups;
    expect(all?.copies).toMatchObject({ quorum: 2, to: [{ location: { name: 'disk' } }, { group: 'here' }] });
    const [one] = (await loadText(written({ copies: { to, quorum: 1 } }), '/etc/landfall/backup.yaml')).backups;
    expect(one?.copies?.quorum).toBe(1);
  });

  it('copies no data when the file says so', async () => {
    const { backups } = await loadText(
      written({ volumes: { mode: 'none' }, location: 'disk' }),
      '/etc/landfall/backup.yaml'
    );
    expect(backups[0]?.volumes.mode).toBe('none');
  });

  it.each<[string, object, string]>([
    ['a source that is not in the file', { source: 'east' }, 'names the Cluster east, which is not in this file'],
    [
      'a store without a password',
      { location: 'plain' },
      'is missing, and Backup/shop moves volumes through this Location',
    ],
    ['a store that pods do not reach', { location: 'disk' }, 'a directory on this machine'],
    ['a scope that is empty', { scope: { namespaces: ['shop'], excludeNamespaces: ['shop'] } }, 'is excluded again by'],
    ["Landfall's own namespace", { scope: { namespaces: ['landfall-system'] } }, 'own namespace'],
    ['a word of a migration', { volumes: { mode: 'move' } }, 'copy'],
    ['a target', { target: 'west' }, 'target'],
    [
      'a hook outside of the scope',
      { hooks: { pre: [{ name: 'a', namespace: 'x', podSelector: 'a=b', container: 'c', command: ['d'] }] } },
      'is not in spec.scope.namespaces',
    ],
    ['a time nobody waits', { volumes: { timeout: '31d' } }, 'is longer than 30d'],
    ['a copy that leads nowhere', { copies: { to: [{ location: 'east' }] } }, 'names the Location east'],
    ['a copy in its own Location', { copies: { to: [{ location: 'store' }] } }, 'holds the recovery point already'],
    [
      'a copy twice',
      { copies: { to: [{ location: 'disk' }, { location: 'disk' }] } },
      'names the Location disk, which holds',
    ],
    [
      'more copies than count',
      {
        copies: {
          quorum: 2,
          to: [
            { location: 'disk', group: 'here' },
            { location: 'plain', group: 'here' },
          ],
        },
      },
      'asks for 2 copies, and 1 can count',
    ],
    [
      'a waiver of nothing',
      { waivers: [{ code: 'NO_SUCH', owner: 'a', reason: 'b', until: '2026-12-31' }] },
      'is not the code',
    ],
  ])('is refused with %s', async (_, spec, expected) => {
    expect((await reported(spec)).join('; ')).toContain(expected);
  });
});
