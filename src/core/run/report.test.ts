import { describe, expect, it } from 'vitest';
import { aReport } from '../../../test/support/recorded-run.ts';
import { errorDetail } from '../errors.ts';
import { RunReport } from './report.schema.ts';
import { summarise } from './summarise.ts';

describe('summarise', () => {
  it('reports the end of a good run as in the layout', () => {
    expect(summarise(aReport({ rows: { source: 2_000_000, target: 2_000_000 } }))).toEqual([
      'MIGRATED shop: vks-prod -> eks-prod in 7m44s; source SERVING, target SERVING',
      '  objects   1,204 captured  1,200 applied (212 changed by 2 rules)  4 excluded (reasons below)  0 failed',
      '  parity    0 missing  0 extra  0 different        volumes 6/6 equal trees, 84.0 GiB',
      '  rows      2,000,000 on the source  2,000,000 on the target  equal',
      '  time      preflight 40s  capture 38s  volumes 5m15s',
      '  changed     200  strip-cluster-ip: the target gives its own (Service shop/web and 199 more)',
      '               12  storage-class: vsan-gold is gp3 there (PersistentVolumeClaim db/data-pg-0 and 11 more)',
      '  excluded      4  created by its owner (Pod shop/web-1 and 3 more)',
      '  open      0 blockers, 1 warning: HPA_METRIC HorizontalPodAutoscaler shop/web',
    ]);
  });

  it('says of a backup what is in the point and what is not, and nothing of a target', () => {
    const volume = { claim: 'db/data', bytes: 3 << 20, files: 7, sourceTree: 'aa', newBytes: 1 << 20 };
    const { target: _, ...report } = aReport({
      ...{ kind: 'backup', location: 'store', recoveryPoint: 'points/shop-7f3k/manifest.json', changes: [] },
      objects: { captured: 41, applied: 0, changed: 0, excluded: 4, failed: 0 },
      ...{ sides: { source: 'serving', target: 'unknown' }, volumes: [volume] },
      withoutData: [{ reason: 'no VolumeSnapshotClass serves the driver x', count: 1, examples: ['claim db/cache'] }],
      dataAsOf: { objects: '2026-05-01T22:40:00Z' },
    });
    const lines = summarise(report);
    expect(lines.slice(0, 6)).toEqual([
      'BACKED UP shop: vks-prod -> store in 7m44s; source SERVING; data as of 2026-05-01T22:40:00Z',
      '  data      as of: objects 2026-05-01T22:40:00Z; later writes are not in the recovery point',
      '  point     shop-7f3k in store',
      '  objects   41 captured  4 excluded (reasons below)',
      '  volumes   1 copied, 3.0 MiB, 1.0 MiB of it new',
      '  no data       1  no VolumeSnapshotClass serves the driver x (claim db/cache)',
    ]);
    expect(lines.join(' ')).not.toMatch(/target|parity|applied|equal/);
    expect(() => RunReport.parse(report)).not.toThrow();
  });

  it('calls trees equal but for what was excluded from them', () => {
    const [volume] = aReport({}).volumes;
    const lines = summarise(
      aReport({
        volumes: [
          { ...volume!, excluded: 2 },
          { ...volume!, excluded: 1 },
        ],
      })
    );
    expect(lines[2]).toContain('volumes 2/2 equal trees except for 3 excluded, ');
  });

  it('says as of when the data is, and that a source is frozen before anything else', () => {
    const [objects, from, to] = ['2026-05-01T22:40:00.123Z', '2026-05-01T22:45:28.000Z', '2026-05-01T22:46:00Z'];
    const lines = summarise(aReport({ dataAsOf: { objects, volumes: { from, to } } }));
    expect(lines[0]).toContain('; data as of 2026-05-01T22:40:00Z');
    expect(lines[1]).toBe(
      '  data      as of: objects 2026-05-01T22:40:00Z, volumes 2026-05-01T22:45:28Z to 2026-05-01T22:46:00Z; later writes are on the source only'
    );
    expect(summarise(aReport({ dataAsOf: { objects } }))[1]).toContain('objects 2026-05-01T22:40:00Z; later writes');
    const frozen = summarise(aReport({ outcome: 'failed', sides: { source: 'frozen', target: 'unknown' } }))[0];
    expect(frozen).toMatch(/^SOURCE FROZEN, FAILED shop: .*; source FROZEN, target not observed$/);
  });

  it('says of a dry run what was accepted, refused and not asked, and never that it was applied', () => {
    const dry = (counts: { accepted: number; failed: number; notAsked?: number }) => {
      const objects = { captured: 41, applied: 0, changed: 3, excluded: 0, ...counts };
      const outcome = counts.failed + (counts.notAsked ?? 0) > 0 ? 'partial' : 'succeeded';
      const notAsked = [{ reason: 'Box is not served yet', count: counts.notAsked ?? 0, examples: ['Box shop/one'] }];
      return summarise(
        aReport({ dryRun: true, outcome, objects, ...(counts.notAsked === undefined ? {} : { notAsked }) })
      );
    };
    expect(dry({ accepted: 41, failed: 0 })[0]).toMatch(/^DRY RUN, ALL ACCEPTED shop/);
    expect(dry({ accepted: 40, failed: 1 })[0]).toMatch(/^DRY RUN, SOME REJECTED shop/);
    const lines = dry({ accepted: 6, failed: 0, notAsked: 35 });
    expect(lines[0]).toMatch(/^DRY RUN, SOME NOT CHECKED shop/);
    expect(lines[1]).toBe('  objects   41 captured  6 accepted  0 rejected  35 not checked  0 excluded');
    expect(lines[2]).toBe('  unchecked    35  Box is not served yet (Box shop/one and 34 more)');
    expect(lines.slice(0, 3).join(' ')).not.toContain('applied');
  });

  it('names what the file accepts beside what is open', () => {
    const breach = { code: 'EXPOSURE_WIDENED', severity: 'blocker', message: 'm', remedy: 'r' } as const;
    const waiver = { owner: 'ana', reason: 'known', until: '2026-12-31' };
    const findings = [{ ...breach, subject: 'Service shop/web', waiver }];
    expect(summarise(aReport({ findings })).at(-1)).toBe(
      '  accepted  1 finding: EXPOSURE_WIDENED Service shop/web by ana until 2026-12-31'
    );
    const lines = summarise(aReport({ findings: [...findings, { ...breach, subject: 'Service shop/api' }] }));
    expect(lines.at(-2)).toBe('  open      1 blocker, 0 warnings: EXPOSURE_WIDENED Service shop/api');
  });

  it('reports failures, what was undone and what was not', () => {
    const error = errorDetail('OBJECT_INVALID', { what: 'Deployment shop/web is refused' });
    const lines = summarise(
      aReport({
        outcome: 'failed',
        failures: Array.from({ length: 5 }, () => error),
        undo: [
          { step: 'undo/1', title: 'remove apply group 1', state: 'done' },
          { step: 'undo/0', title: 'remove snapshots', state: 'failed', error },
        ],
        volumes: [],
        changes: Array.from({ length: 8 }, (_, i) => ({ rule: `r${i}`, reason: 'x', count: 8 - i, examples: [] })),
      })
    ).join('\n');
    expect(lines).toMatch(/^FAILED shop/);
    expect(lines).toContain('no volumes');
    expect(lines).toContain('and 2 more: see the report');
    expect(lines).toContain('1 of 2 steps');
    expect(lines).toContain('NOT UNDONE (failed): remove snapshots: Deployment shop/web is refused');
    expect(lines).toContain('6  for 3 other reasons: see the report');
  });

  it('calls a run incomplete that could not see all of its scope, and names what', () => {
    const silent = { cluster: 'vks-prod', groupVersion: 'shop.example.org/v1', message: 'down' };
    const lines = summarise(
      aReport({
        outcome: 'partial',
        exitCode: 3,
        unseen: [
          { ...silent, kinds: ['orders.shop.example.org'] },
          { ...silent, groupVersion: 'x.test/v1', kinds: [] },
        ],
      })
    );
    expect(lines[0]).toMatch(/^INCOMPLETE shop: /);
    expect(lines).toContain(
      '  unseen    shop.example.org/v1 of vks-prod did not respond: orders.shop.example.org did not move'
    );
    expect(lines).toContain('            x.test/v1 of vks-prod did not respond: its kinds did not move');
  });

  it('claims nothing of a run that rolled back before it compared', () => {
    const objects = { captured: 46, applied: 0, undone: 31, changed: 10, excluded: 26, failed: 1 };
    const names = { missing: [], extra: [], different: [] };
    const parity = { checked: false, missing: 0, extra: 0, different: 0, names };
    const lines = summarise(aReport({ outcome: 'rolled-back', objects, parity, volumes: [] })).join('\n');
    expect(lines).toContain('0 applied  31 applied and undone');
    expect(lines).toContain('parity    not checked: the run ended before');
    expect(lines).not.toContain('missing');
  });

  it('says of what was undone how much of it was there before', () => {
    const objects = { captured: 46, applied: 0, undone: 4, overwritten: 3, changed: 10, excluded: 26, failed: 1 };
    const lines = summarise(aReport({ outcome: 'rolled-back', objects, overwritten: [] })).join('\n');
    expect(lines).toContain('0 applied  4 applied and undone, 3 of them overwritten');
    expect(lines).not.toContain('see the report');
  });
});

describe('RunReport', () => {
  it('accepts the report, and one of a later minor version', () => {
    expect(RunReport.parse(aReport())).toEqual(aReport());
    expect(RunReport.parse({ ...aReport(), later: true })).toMatchObject({ later: true });
    expect(RunReport.safeParse({ ...aReport(), objects: { captured: -1 } }).success).toBe(false);
  });
});
