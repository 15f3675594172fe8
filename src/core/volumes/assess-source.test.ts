import { describe, expect, test } from 'vitest';
import type { VolumesSpec } from '../spec/spec.ts';
import { assessSourceClaim } from './assess-source.ts';
import type { SourceContext } from './data-of-claim.ts';

const volumes: VolumesSpec = { mode: 'move', parallel: 2, snapshotClass: '', withoutSnapshot: 'fail', timeoutMs: 1 };
const snaps = { name: 'snaps', driver: 'csi.x', deletionPolicy: 'Delete', annotations: {}, labels: {} };

function contextWith(change: Partial<VolumesSpec> = {}, snapshotClasses = [snaps]): SourceContext {
  const fast = { name: 'fast', isDefault: true, waitsForConsumer: true, provisioner: 'csi.x' };
  return { volumes: { ...volumes, ...change }, sourceClasses: [fast], snapshotClasses };
}

function claim(change: object = {}, phase = 'Bound'): string {
  const spec = { storageClassName: 'fast', volumeName: 'pv-1', accessModes: ['ReadWriteOnce'], ...change };
  return JSON.stringify({ metadata: { namespace: 'shop', name: 'data' }, spec, status: { phase } });
}

const volume = JSON.stringify({
  metadata: { name: 'pv-1' },
  spec: { capacity: { storage: '10Gi' }, csi: { driver: 'csi.x' } },
});
const local = JSON.stringify({ metadata: { name: 'pv-1' }, spec: { capacity: { storage: '10Gi' } } });

describe('how the data of a claim is taken, of which only the source is known', () => {
  test('by a snapshot, with the size of its volume, whatever classes there are elsewhere', () => {
    expect(assessSourceClaim(claim(), volume, contextWith())).toMatchObject({
      ...{ action: 'take', way: 'snapshot', snapshotClass: 'snaps', sourceClass: 'fast', size: '10Gi', findings: [] },
    });
  });

  test('through a class of its driver, where it has none of its own', () => {
    const decision = assessSourceClaim(claim({ storageClassName: '' }), volume, contextWith());
    expect(decision).toMatchObject({ action: 'take', sourceClass: '', readClass: 'fast' });
  });

  test('where it is, while no pod uses it', () => {
    const decision = assessSourceClaim(claim(), local, contextWith({ withoutSnapshot: 'copyWhileQuiesced' }));
    expect(decision).toMatchObject({ action: 'take', way: 'copyWhileQuiesced', snapshotClass: '' });
    expect(decision.findings).toMatchObject([{ code: 'SNAPSHOT_CLASS_MISSING', severity: 'warning' }]);
  });

  test.each<[string, string, string | undefined, SourceContext, string]>([
    ['no volumes are copied', claim(), volume, contextWith({ mode: 'none' }), ''],
    ['it was never bound', claim({ volumeName: '' }, 'Pending'), undefined, contextWith(), 'warning VOLUME_UNBOUND'],
    ['its volume is lost', claim({}, 'Lost'), undefined, contextWith(), 'blocker VOLUME_UNBOUND'],
    ['it is a raw block', claim({ volumeMode: 'Block' }), volume, contextWith(), 'blocker VOLUME_BLOCK_MODE'],
    ['nothing serves its driver', claim(), volume, contextWith({}, []), 'blocker SNAPSHOT_CLASS_MISSING'],
    ['it is no CSI volume', claim(), local, contextWith({ withoutSnapshot: 'skip' }), 'warning SNAPSHOT_CLASS_MISSING'],
  ])('not at all, when %s, and the finding says so', (_, text, pv, context, expected) => {
    const decision = assessSourceClaim(text, pv, context);
    expect(decision.action).toBe('leave');
    expect(decision.findings.map(({ severity, code }) => `${severity} ${code}`).join()).toBe(expected);
    for (const { subject, message } of decision.findings) {
      expect(subject).toBe('shop/data');
      expect(message).toMatch(/recovery point has the claim, and no data of it|its data is not in the recovery point/);
    }
  });
});
