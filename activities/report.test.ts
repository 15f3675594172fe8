import { describe, expect, it } from 'vitest';
import { loadJson, storeJson } from '../src/archive/run-objects.ts';
import { emptyPart } from '../src/core/capture/capture-part.ts';
import type { RunReport } from '../src/core/run/report.ts';
import { createMemoryLocation } from '../test/support/memory-location.ts';
import { writeReport } from './report.ts';
import type { MovedVolume } from '../src/core/volumes/contract.ts';
import type { ReportRequest } from '../src/core/run/report-request.ts';
import type { Session } from '../src/services/session.ts';

/** The report of a run that succeeded with these volumes and this capture. */
async function reported(volumes: readonly Partial<MovedVolume>[], capture: object = {}): Promise<RunReport> {
  const location = createMemoryLocation('store');
  const side = { name: 'west', platform: 'generic', kubeconfig: { path: 'k' } };
  const names = { name: 'shop', location: { name: 'store' }, namespaceMapping: {}, storageClasses: {} };
  const spec = { ...names, dryRun: false, source: side, target: side };
  const session = { location, runId: 'shop-1', spec } as unknown as Session;
  const stored = await storeJson({ location, path: 'runs/shop-1/capture' }, { part: { ...emptyPart, ...capture } });
  const moved = volumes.map((volume) => storeJson({ location, path: 'runs/shop-1/volumes' }, volume));
  const request = {
    ...{ outcome: 'succeeded', exitCode: 0, startedAt: 's', finishedAt: 'f', applied: [], phases: [], undo: [] },
    ...{ volumes: await Promise.all(moved), captured: { capture: stored } },
  } as unknown as ReportRequest;
  return loadJson<RunReport>(location, (await writeReport(session, request)).report);
}

describe('entries of a volume that a mover cannot carry', () => {
  const volume = {
    namespace: 'shop',
    name: 'data',
    treeSha256: 't',
    targetTreeSha256: 't',
    sizeBytes: 1,
    files: 1,
    different: [],
  };
  const list = { key: 'runs/shop-1/excluded', sha256: 'x', sizeBytes: 1 };
  it.each<[string, object, string | undefined]>([
    ['one', { excluded: 1, excludedFirst: ['run/a.sock'] }, '1 entry of the volume was not copied: run/a.sock'],
    [
      'more than are named',
      { excluded: 3, excludedFirst: ['dev/null', 'run/a.sock'] },
      '3 entries of the volume were not copied: dev/null, run/a.sock and 1 more',
    ],
    [
      'more than are named, with their list',
      { excluded: 2, excludedFirst: ['a'], excludedList: list },
      '2 entries of the volume were not copied: a and 1 more; listed in runs/shop-1/excluded of the Location',
    ],
    ['none', { excluded: 0 }, undefined],
  ])('are reported by path: %s', async (_what, more, message) => {
    const { findings } = await reported([{ ...volume, ...more }]);
    expect(findings.filter(({ code }) => code === 'VOLUME_ENTRIES_EXCLUDED')).toMatchObject(
      message === undefined ? [] : [{ severity: 'warning', subject: 'PersistentVolumeClaim shop/data', message }]
    );
  });
});

it('the inventory of a report names what the platform has to have, and not what is captured', async () => {
  const ref = (kind: string, name: string, namespace = '') => ({ group: '', kind, namespace, name });
  const dependencies = [
    {
      ...{ ref: ref('StorageClass', 'gold'), mode: 'inventory', reason: 'a claim names it' },
      neededBy: [ref('PersistentVolumeClaim', 'data', 'shop')],
    },
    { ref: ref('ClusterRole', 'reader'), mode: 'capture', reason: 'a binding names it', neededBy: [] },
  ];
  const { inventory } = await reported([], { dependencies });
  expect(inventory).toEqual([
    { object: 'StorageClass gold', reason: 'a claim names it', neededBy: ['PersistentVolumeClaim shop/data'] },
  ]);
});
