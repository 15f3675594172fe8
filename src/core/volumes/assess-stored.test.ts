import { expect, it } from 'vitest';
import { assessStoredClaim } from './assess-stored.ts';

const volumes = { mode: 'move', parallel: 1, snapshotClass: '', withoutSnapshot: 'fail', timeoutMs: 1 } as const;
const targetClasses = [{ name: 'gp3', isDefault: false, waitsForConsumer: false, reclaimPolicy: 'Delete' }];
const context = { volumes, storageClassMapping: { vsan: 'gp3' }, targetClasses };
const stored = { class: 'vsan', size: '5Gi' };
const claim = (storageClassName: string): string =>
  JSON.stringify({
    metadata: { namespace: 'shop', name: 'data' },
    spec: { storageClassName, accessModes: ['ReadWriteMany'] },
    status: { phase: 'Bound' },
  });

it('fills a claim whose data is in the point, in a class of the target', () => {
  expect(assessStoredClaim(claim('vsan'), stored, context)).toMatchObject({
    ...{ action: 'move', sourceClass: 'vsan', targetClass: 'gp3', size: '5Gi', accessModes: ['ReadWriteMany'] },
    findings: [],
  });
});

it('says of a claim without data in the point that it is created empty', () => {
  const decision = assessStoredClaim(claim('vsan'), undefined, context);
  expect(decision).toMatchObject({ action: 'create-empty', targetClass: 'gp3' });
  expect(decision.findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual(['VOLUME_UNBOUND shop/data']);
});

it('refuses a claim whose class the target has not, with data or without', () => {
  for (const one of [stored, undefined]) {
    expect(assessStoredClaim(claim('nfs'), one, context)).toMatchObject({ action: 'refuse' });
  }
});

it('creates claims empty where no volumes move, and says nothing of the point', () => {
  const none = { ...context, volumes: { ...volumes, mode: 'none' as const } };
  expect(assessStoredClaim(claim('vsan'), stored, none)).toMatchObject({ action: 'create-empty', findings: [] });
});
