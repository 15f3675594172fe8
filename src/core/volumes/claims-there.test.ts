import { describe, expect, it } from 'vitest';
import { claimsThere } from './claims-there.ts';

const there = new Set(['/PersistentVolumeClaim/shop/data', '/ConfigMap/shop/other', '/PersistentVolumeClaim/a/other']);

describe('claims of the target where a run brings volumes', () => {
  it.each<[string, { targetNamespace: string; name: string }, boolean]>([
    ['one of the same name', { targetNamespace: 'shop', name: 'data' }, true],
    ['one of another namespace', { targetNamespace: 'b', name: 'data' }, false],
    ['another kind of the name', { targetNamespace: 'shop', name: 'other' }, false],
  ])('%s', (_, claim, found) => {
    const findings = claimsThere('east', [claim], there);
    const blocker = { code: 'CLAIM_EXISTS', severity: 'blocker', subject: 'east: PersistentVolumeClaim shop/data' };
    expect(findings).toMatchObject(found ? [blocker] : []);
  });

  it('names every one of them, with what to do', () => {
    const claims = ['data', 'logs'].map((name) => ({ targetNamespace: 'shop', name }));
    const all = { has: () => true };
    const findings = claimsThere('east', claims, all);
    expect(findings.map(({ subject }) => subject.slice(-9))).toEqual(['shop/data', 'shop/logs']);
    expect(findings[0]?.remedy).toMatch(/delete the claim.*map the namespace.*exclude/s);
  });
});
