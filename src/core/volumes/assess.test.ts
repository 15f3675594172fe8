import { describe, expect, test } from 'vitest';
import type { VolumesSpec } from '../spec/spec.ts';
import { assessClaim, mapStorageClass, type AssessContext } from './assess.ts';
import { fillingModes } from './access-modes.ts';
import { chooseReadClass } from './choose-read-class.ts';
import { chooseSnapshotClass, type SnapshotClass } from './choose-snapshot-class.ts';
import { volumeNames } from './names.ts';

const spec: VolumesSpec = { mode: 'move', parallel: 2, snapshotClass: '', withoutSnapshot: 'fail', timeoutMs: 1 };
const snapshotClass: SnapshotClass = {
  name: 'snaps',
  driver: 'csi.x',
  deletionPolicy: 'Delete',
  annotations: {},
  labels: {},
};

function contextWith(change: Partial<AssessContext> = {}, volumes: Partial<VolumesSpec> = {}): AssessContext {
  return {
    volumes: { ...spec, ...volumes },
    storageClassMapping: { fast: 'standard' },
    sourceClasses: [{ name: 'fast', isDefault: true, waitsForConsumer: true }],
    snapshotClasses: [snapshotClass],
    targetClasses: [{ name: 'standard', isDefault: true, waitsForConsumer: true }],
    ...change,
  };
}

function claimText(specChange: object = {}, phase = 'Bound'): string {
  const claimSpec = { storageClassName: 'fast', volumeName: 'pv-1', accessModes: ['ReadWriteOnce'], ...specChange };
  return JSON.stringify({ metadata: { namespace: 'shop', name: 'data' }, spec: claimSpec, status: { phase } });
}

const pvText = JSON.stringify({
  metadata: { name: 'pv-1' },
  spec: { capacity: { storage: '10Gi' }, csi: { driver: 'csi.x' } },
});

describe('assessClaim', () => {
  test('moves a bound claim by snapshot with the size of its volume', () => {
    expect(assessClaim(claimText(), pvText, contextWith())).toMatchObject({
      ...{
        action: 'move',
        way: 'snapshot',
        snapshotClass: 'snaps',
        targetClass: 'standard',
        size: '10Gi',
        findings: [],
      },
    });
  });

  test.each([
    ['raw block', claimText({ volumeMode: 'Block' }), pvText, contextWith(), 'refuse', 'VOLUME_BLOCK_MODE'],
    [
      'class without counterpart',
      claimText({ storageClassName: 'odd' }),
      pvText,
      contextWith(),
      'refuse',
      'VOLUME_CLASS_UNMAPPED',
    ],
    ['lost', claimText({}, 'Lost'), undefined, contextWith(), 'refuse', 'VOLUME_UNBOUND'],
    [
      'never used',
      claimText({ volumeName: '' }, 'Pending'),
      undefined,
      contextWith(),
      'create-empty',
      'VOLUME_UNBOUND',
    ],
    [
      'no snapshot class',
      claimText(),
      pvText,
      contextWith({ snapshotClasses: [] }),
      'refuse',
      'SNAPSHOT_CLASS_MISSING',
    ],
    [
      'excluded',
      claimText(),
      pvText,
      contextWith({ snapshotClasses: [] }, { withoutSnapshot: 'skip' }),
      'exclude',
      'SNAPSHOT_CLASS_MISSING',
    ],
    [
      'direct',
      claimText(),
      pvText,
      contextWith({ snapshotClasses: [] }, { withoutSnapshot: 'copyWhileQuiesced' }),
      'move',
      'SNAPSHOT_CLASS_MISSING',
    ],
  ] as const)('%s', (_, claim, volume, context, action, code) => {
    const decision = assessClaim(claim, volume, context);
    expect(decision.action).toBe(action);
    expect(decision.findings.map((finding) => finding.code)).toEqual([code]);
  });

  const never = { volumeName: '' };
  const beta = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'fast' } };
  const annotated = (annotations: object, spec: object = never): string =>
    JSON.stringify({
      metadata: { namespace: 'shop', name: 'data', ...annotations },
      spec,
      status: { phase: 'Pending' },
    });
  const immediate = { sourceClasses: [{ name: 'fast', isDefault: true, waitsForConsumer: false }] };

  test.each([
    ['a raw block claim that was never bound', claimText({ ...never, volumeMode: 'Block' }, 'Pending'), contextWith()],
    ['a class by annotation', annotated(beta), contextWith()],
    ['a class that binds at once', claimText(never, 'Pending'), contextWith(immediate)],
  ] as const)('%s holds nothing: it is created empty', (_, claim, context) => {
    expect(assessClaim(claim, undefined, context)).toMatchObject({
      action: 'create-empty',
      targetClass: 'standard',
      findings: [{ code: 'VOLUME_UNBOUND', severity: 'warning' }],
    });
  });

  const odd = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'odd' } };
  const staticPv = JSON.stringify({ metadata: { name: 'pv-1' }, spec: { storageClassName: '', nfs: {} } });
  const emptyClass = claimText({ storageClassName: '' });
  test.each([
    ['a class by annotation', annotated(odd), undefined, contextWith(), 'refuse', 'blocker'],
    [
      'the annotation before the field',
      annotated(odd, { storageClassName: 'fast' }),
      undefined,
      contextWith(),
      'refuse',
      'blocker',
    ],
    ['class "" of a static volume', emptyClass, staticPv, contextWith(), 'refuse', 'blocker'],
    [
      'class "" under a star',
      emptyClass,
      staticPv,
      contextWith({ storageClassMapping: { '*': 'standard' } }),
      'refuse',
      'blocker',
    ],
    ['class "" without volumes', emptyClass, staticPv, contextWith({}, { mode: 'none' }), 'create-empty', 'warning'],
  ] as const)('nothing of the target serves %s', (_, claim, volume, context, action, severity) => {
    const decision = assessClaim(claim, volume, context);
    expect(decision).toMatchObject({ action, findings: [{ code: 'VOLUME_CLASS_UNMAPPED', severity }] });
  });

  const policy = (own: string, ofClass: string): unknown => {
    const volume = { ...(JSON.parse(pvText) as { spec: object }) };
    const text = JSON.stringify({ ...volume, spec: { ...volume.spec, persistentVolumeReclaimPolicy: own } });
    const sourceClasses = [{ name: 'fast', isDefault: true, waitsForConsumer: true, reclaimPolicy: ofClass }];
    const decision = assessClaim(claimText(), text, contextWith({ sourceClasses }));
    return 'reclaimPolicy' in decision ? decision.reclaimPolicy : undefined;
  };
  test.each([
    ['Retain', 'Delete', 'Retain'],
    ['Retain', 'Retain', 'Retain'],
    ['Delete', 'Retain', 'Delete'],
    ['Delete', 'Delete', undefined],
    ['Recycle', 'Delete', undefined],
  ])('a volume that is %s of a class that is %s: %s', (own, ofClass, expected) => {
    expect(policy(own, ofClass)).toBe(expected);
  });

  test('mode none creates everything empty, blocks too', () => {
    const decision = assessClaim(claimText({ volumeMode: 'Block' }), pvText, contextWith({}, { mode: 'none' }));
    expect(decision).toMatchObject({ action: 'create-empty', findings: [] });
  });

  test('a class maps by name, by star, by itself, and none to the default', () => {
    const targetClasses = [
      { name: 'a', isDefault: false, waitsForConsumer: true },
      { name: 'd', isDefault: true, waitsForConsumer: true },
    ];
    expect(mapStorageClass('a', { storageClassMapping: {}, targetClasses })).toBe('a');
    expect(mapStorageClass('x', { storageClassMapping: { '*': 'd' }, targetClasses })).toBe('d');
    expect(mapStorageClass('', { storageClassMapping: {}, targetClasses })).toBe('d');
    expect(mapStorageClass('x', { storageClassMapping: { x: 'gone' }, targetClasses })).toBeUndefined();
  });
});

describe('the class a snapshot is read through', () => {
  const plain = { isDefault: false, waitsForConsumer: true };
  const fast = { ...plain, name: 'fast', provisioner: 'csi.x' };
  const other = { ...plain, name: 'other', provisioner: 'csi.y' };
  const first = { ...plain, name: 'a', provisioner: 'csi.x' };
  const standard = { ...plain, name: 'z', provisioner: 'csi.x', isDefault: true };

  test.each([
    ['is the claim’s own', 'fast', [first, fast], { found: true, name: 'fast' }],
    ['is one of its driver for class ""', '', [other, fast, first], { found: true, name: 'a' }],
    ['is one of its driver for a class that is gone', 'gone', [fast], { found: true, name: 'fast' }],
    ['is one of its driver where its own has another', 'other', [other, fast], { found: true, name: 'fast' }],
    ['is the default one of its driver first', '', [first, standard], { found: true, name: 'z' }],
    ['is its own where the driver is unknown to all', 'other', [other], { found: true, name: 'other' }],
    ['is none without a class of the driver', '', [other], { found: false }],
  ] as const)('%s', (_, name, classes, expected) => {
    expect(chooseReadClass(name, 'csi.x', classes)).toEqual(expected);
  });

  test('a static volume moves with a key "", and says which key it wants', () => {
    const claim = claimText({ storageClassName: '' });
    const mapped = contextWith({ storageClassMapping: { '': 'standard' }, sourceClasses: [fast] });
    expect(assessClaim(claim, pvText, mapped)).toMatchObject({
      ...{ action: 'move', way: 'snapshot', sourceClass: '', readClass: 'fast', targetClass: 'standard' },
    });
    const unmapped = assessClaim(claim, pvText, contextWith({ storageClassMapping: { '*': 'standard' } }));
    expect(unmapped).toMatchObject({ action: 'refuse', findings: [{ code: 'VOLUME_CLASS_UNMAPPED' }] });
    expect(unmapped.findings[0]?.message).toContain('storageClasses[""]');
  });

  test('without a class of the driver it is as without a snapshot', () => {
    const claim = claimText({ storageClassName: '' });
    const context = contextWith({ storageClassMapping: { '': 'standard' }, sourceClasses: [other] });
    expect(assessClaim(claim, pvText, context)).toMatchObject({
      action: 'refuse',
      findings: [{ code: 'SNAPSHOT_CLASS_MISSING', message: expect.stringContaining('driver csi.x') as string }],
    });
    const volumes = { ...context.volumes, withoutSnapshot: 'copyWhileQuiesced' as const };
    expect(assessClaim(claim, pvText, { ...context, volumes })).toMatchObject({ way: 'copyWhileQuiesced' });
  });
});

test.each([
  [['ReadOnlyMany'], ['ReadWriteOnce']],
  [
    ['ReadWriteOnce', 'ReadOnlyMany'],
    ['ReadWriteOnce', 'ReadOnlyMany'],
  ],
  [['ReadWriteOncePod'], ['ReadWriteOncePod']],
  [['ReadWriteMany'], ['ReadWriteMany']],
  [[], []],
])('a claim of %j is filled through %j', (modes, filled) => {
  expect(fillingModes(modes)).toEqual(filled);
});

describe('chooseSnapshotClass', () => {
  const labelled = { ...snapshotClass, name: 'l', labels: { 'velero.io/csi-volumesnapshot-class': 'true' } };
  const standard = {
    ...snapshotClass,
    name: 'd',
    annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
  };
  const other = { ...snapshotClass, name: 'o', driver: 'csi.y' };
  const wish = { driver: 'csi.x', explicit: '', claimAnnotations: {} };
  const named = { 'velero.io/csi-volumesnapshot-class': 'snaps' };

  test.each([
    ['explicit', [standard, labelled, snapshotClass], { ...wish, explicit: 'snaps' }, 'snaps'],
    ['claim', [standard, labelled, snapshotClass], { ...wish, claimAnnotations: named }, 'snaps'],
    ['label', [standard, labelled, snapshotClass], wish, 'l'],
    ['default', [snapshotClass, standard, other], wish, 'd'],
    ['only', [snapshotClass, other], wish, 'snaps'],
  ] as const)('%s', (rule, classes, wanted, name) => {
    expect(chooseSnapshotClass(classes, wanted)).toMatchObject({ found: true, rule, snapshotClass: { name } });
  });

  test.each([
    [[snapshotClass, other], { ...wish, explicit: 'o' }, /is for the driver csi.y/],
    [[snapshotClass], { ...wish, explicit: 'z' }, /does not exist/],
    [[snapshotClass, { ...snapshotClass, name: 'two' }], wish, /several .*: snaps, two/],
    [[other], wish, /no VolumeSnapshotClass/],
  ] as const)('gives a reason: %#', (classes, wanted, reason) => {
    const choice = chooseSnapshotClass(classes, wanted);
    expect(choice.found ? '' : choice.reason).toMatch(reason);
  });
});

test('names are DNS labels, the same for the same claim, different for others', () => {
  const long = 'a'.repeat(30) + '.' + 'b'.repeat(200);
  for (const name of Object.values(volumeNames('run-2026', 'shop', long)))
    expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  expect(volumeNames('r', 'a', 'b')).toEqual(volumeNames('r', 'a', 'b'));
  expect(volumeNames('r', 'a', 'b')).not.toEqual(volumeNames('r', 'c', 'b'));
});
