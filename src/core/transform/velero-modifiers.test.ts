import { describe, expect, it } from 'vitest';
import { parseVeleroModifiers } from './velero-modifiers.ts';

const rule = (conditions: object, body: object): object => ({
  version: 'v1',
  resourceModifierRules: [{ conditions, ...body }],
});

describe('parseVeleroModifiers', () => {
  it('reads conditions and JSON patches', () => {
    const { transforms, problems } = parseVeleroModifiers(
      rule(
        {
          groupResource: 'persistentvolumeclaims',
          namespaces: ['shop'],
          resourceNameRegex: '^data.*$',
          labelSelector: { matchLabels: { app: 'db' } },
          matches: [{ path: '/spec/storageClassName', value: 'premium' }],
        },
        {
          patches: [
            { operation: 'test', path: '/spec/replicas', value: '3' },
            { operation: 'replace', path: '/a', value: '"3"' },
            { operation: 'add', path: '/b', value: '{"c":[true]}' },
            { operation: 'add', path: '/d', value: 'True' },
            { operation: 'add', path: '/e', value: 'null' },
            { operation: 'add', path: '/f' },
            { operation: 'move', from: '/g', path: '/h' },
          ],
        }
      ),
      'modifiers.yaml'
    );
    expect(problems).toEqual([]);
    expect(transforms).toEqual([
      {
        name: 'modifiers.yaml/resourceModifierRules[0]',
        reason: 'resource modifier modifiers.yaml resourceModifierRules[0]',
        match: {
          kinds: ['persistentvolumeclaims.'],
          namespaces: ['shop'],
          name: '^data.*$',
          labelSelector: 'app=db',
          fields: [{ path: '/spec/storageClassName', value: 'premium' }],
        },
        patch: [
          { op: 'test', path: '/spec/replicas', value: 3 },
          { op: 'replace', path: '/a', value: '3' },
          { op: 'add', path: '/b', value: { c: [true] } },
          { op: 'add', path: '/d', value: true },
          { op: 'add', path: '/e', value: null },
          { op: 'add', path: '/f', value: '' },
          { op: 'move', from: '/g', path: '/h' },
        ],
      },
    ]);
  });
  it('reads merge and strategic patches, and the ConfigMap around', () => {
    const inner = rule(
      { groupResource: 'deployments.apps' },
      { strategicPatches: [{ patchData: '{"spec":{"replicas":1}}' }] }
    );
    const map = { kind: 'ConfigMap', data: { 'modifiers.yaml': JSON.stringify(inner) } };
    expect(parseVeleroModifiers(map, 's').transforms[0]).toMatchObject({
      match: { kinds: ['deployments.apps'] },
      strategicPatch: { spec: { replicas: 1 } },
    });
    const merge = rule({ groupResource: '*' }, { mergePatches: [{ patchData: '{"metadata":{"labels":null}}' }] });
    expect(parseVeleroModifiers(merge, 's').transforms[0]).toMatchObject({
      mergePatch: { metadata: { labels: null } },
    });
  });
  it.each<[string, unknown]>([
    ['no document', 'text'],
    ['another version', { version: 'v2', resourceModifierRules: [{}] }],
    ['no rules', { version: 'v1' }],
    ['no groupResource', rule({}, { patches: [{ operation: 'add', path: '/a' }] })],
    ['a glob class', rule({ groupResource: 'p[ab]' }, { patches: [{ operation: 'add', path: '/a' }] })],
    ['no patches', rule({ groupResource: 'pods' }, {})],
    ['an unknown key', rule({ groupResource: 'pods', x: 1 }, { patches: [{ operation: 'add', path: '/a' }] })],
    ['an unknown operation', rule({ groupResource: 'pods' }, { patches: [{ operation: 'set', path: '/a' }] })],
    ['patch data that is no object', rule({ groupResource: 'pods' }, { mergePatches: [{ patchData: '3' }] })],
    [
      'a bad pattern',
      rule({ groupResource: 'pods', resourceNameRegex: '(' }, { patches: [{ operation: 'add', path: '/a' }] }),
    ],
    ['a protected field', rule({ groupResource: 'pods' }, { patches: [{ operation: 'add', path: '/metadata/uid' }] })],
    ['broken JSON', rule({ groupResource: 'pods' }, { patches: [{ operation: 'add', path: '/a', value: '{x' }] })],
  ])('reports %s', (_name, document) => {
    const { transforms, problems } = parseVeleroModifiers(document, 'file');
    expect(transforms).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem.what).toMatch(/^file: /);
  });
});
