import { describe, expect, it } from 'vitest';
import type { TransformOutcome } from '../core/transform/rule.ts';
import { explainOutcome } from './explain.ts';
import { explainLines } from './explain-lines.ts';
import { findingsOf } from './findings.ts';

const ref = (name: string, kind = 'Secret') => ({ group: '', kind, namespace: 'shop', name });
const outcome = (more: Partial<TransformOutcome>): TransformOutcome => ({
  text: '{}',
  ref: ref('keys'),
  changes: [],
  notes: [],
  deferred: [],
  owners: [],
  additional: [],
  ...more,
});

describe('explanations', () => {
  it('replay patches with what stood there before', () => {
    const text = '{"kind":"ConfigMap","data":{"a":"1","b":"2"}}';
    const patch = [
      { op: 'replace' as const, path: '/data/a', value: '3' },
      { op: 'remove' as const, path: '/data/b' },
      { op: 'add' as const, path: '/data/c', value: 'x' },
    ];
    const map = ref('settings', 'ConfigMap');
    const explained = explainOutcome(text, map, outcome({ ref: map, changes: [{ rule: 'r', reason: 'why', patch }] }));
    expect(explainLines(explained)).toEqual([
      'ConfigMap shop/settings',
      '  r: why',
      '    ~ /data/a "1" -> "3"',
      '    - /data/b "2"',
      '    + /data/c "x"',
    ]);
  });

  it('never show the values of a Secret, nor what kubectl kept of them', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"token":"aGVsbG8="}}' };
    const text = JSON.stringify({ kind: 'Secret', metadata: { annotations }, data: { token: 'aGVsbG8=' } });
    const patch = [{ op: 'replace' as const, path: '/data/token', value: 'c2VjcmV0' }];
    const made = JSON.stringify({ kind: 'Secret', data: { token: 'c2VjcmV0' } });
    const explained = explainOutcome(
      text,
      ref('keys'),
      outcome({ text: made, changes: [{ rule: 'user/x', reason: 'new', patch }] })
    );
    const shown = `${JSON.stringify(explained)}${explainLines(explained).join('\n')}`;
    for (const secret of ['aGVsbG8', 'c2VjcmV0']) expect(shown).not.toContain(secret);
    expect(shown).toContain('token');
  });
});

describe('findings of notes', () => {
  it('are one for what is the same of many objects, blockers first', () => {
    const note = (message: string, severity?: 'blocker' | 'info') => ({
      rule: 'translate/x',
      path: '/spec',
      message,
      code: 'TRANSLATION_UNMAPPED' as const,
      remedy: 'do it',
      ...(severity === undefined ? {} : { severity }),
    });
    const names = ['a', 'b', 'c', 'd'];
    const findings = findingsOf([
      ...names.map((name) => ({ ref: ref(name, 'Pod'), note: note('zone z') })),
      { ref: ref('e', 'Pod'), note: note('look', 'info') },
      { ref: ref('f', 'Pod'), note: note('no class', 'blocker') },
      { ref: ref('g', 'Pod'), note: { rule: 'namespace-names', path: '', message: 'a hint without code' } },
    ]);
    expect(findings.map(({ severity, subject, message }) => [severity, message, subject])).toEqual([
      ['blocker', 'no class', 'Pod shop/f'],
      ['warning', 'zone z', 'Pod shop/a, Pod shop/b, Pod shop/c and 1 more'],
      ['info', 'look', 'Pod shop/e'],
    ]);
  });
});
