import { describe, expect, it } from 'vitest';
import { readHead } from '../select/head.ts';
import type { TransformSpec } from '../spec/spec.ts';
import { createRuleUse } from './rule-use.ts';
import { transformObject } from './transform-object.ts';

const resource = {
  ...{ group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  ...{ namespaced: true, verbs: [], subresources: [] },
};
const base = {
  namespaceMapping: {},
  storageClasses: {},
  volumes: {},
  targetResources: [],
  preserve: { nodePorts: false, status: [] },
  deferPodSecurity: false,
};
const text = JSON.stringify({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' } },
  data: { mode: 'fast' },
});

function rule(more: object, match: object = {}): TransformSpec {
  const all = { kinds: [], namespaces: [], name: '', labelSelector: '', ...match };
  return { name: 't', reason: 'r', patch: [], match: all, ...more } as TransformSpec;
}

function found(transforms: readonly TransformSpec[], objectRules: readonly object[] = []): readonly string[] {
  const use = createRuleUse({ transforms, objectRules: objectRules as never });
  const context = { ...base, userTransforms: transforms };
  use.transformed(transformObject({ head: readHead(text, resource), text, resource }, context));
  use.planned({ ref: { namespace: 'shop', name: 'settings' }, resource });
  return use.findings().map(({ code, severity, subject }) => `${severity} ${code} ${subject}`);
}

const slow = [{ op: 'replace', path: '/data/mode', value: 'slow' }];
const fast = [{ op: 'replace', path: '/data/mode', value: 'fast' }];
const unused = 'warning RULE_UNUSED transform t';
const idle = 'warning RULE_WITHOUT_EFFECT transform t';

describe('rules of the file that are for nothing', () => {
  it.each<[string, TransformSpec, readonly string[]]>([
    ['one that changes something', rule({ patch: slow }), []],
    ['another kind', rule({ patch: slow }, { kinds: ['secrets'] }), [unused]],
    ['another name', rule({ patch: slow }, { name: 'setings' }), [unused]],
    ['another namespace', rule({ patch: slow }, { namespaces: ['prod-*'] }), [unused]],
    ['another label', rule({ patch: slow }, { labelSelector: 'app=web' }), [unused]],
    ['another value of a field', rule({ patch: slow }, { fields: [{ path: '/data/mode', value: 'x' }] }), [unused]],
    ['a value that is there already', rule({ patch: fast }), [idle]],
    ['a merge patch that removes what is not there', rule({ mergePatch: { data: { gone: null } } }), [idle]],
    ['a test that holds nowhere', rule({ patch: [{ op: 'test', path: '/data/mode', value: 'x' }, ...slow] }), [idle]],
  ])('%s', (_, transform, expected) => {
    expect(found([transform])).toEqual(expected);
  });

  it.each<[string, object, readonly string[]]>([
    ['one that refers to an object of the plan', { names: ['set*'] }, []],
    ['one for a kind', { names: [], kinds: ['secrets'] }, []],
    ['one for every name', { names: ['*'], kinds: ['secrets'] }, []],
    ['one that names nothing', { names: ['setings'] }, ['warning RULE_UNUSED objectRules[0] (setings)']],
    [
      'one for another namespace',
      { names: ['settings'], namespaces: ['prod'] },
      ['warning RULE_UNUSED objectRules[0] (settings)'],
    ],
  ])('objectRules: %s', (_, given, expected) => {
    expect(found([], [{ kinds: [], namespaces: [], onRefused: 'continue', ...given }])).toEqual(expected);
  });

  it('counts a rule that changes one of its objects as used', () => {
    const use = createRuleUse({ transforms: [rule({})] });
    use.transformed({ matched: ['user/t'], changes: [] });
    use.transformed({ matched: ['user/t'], changes: [{ rule: 'user/t', reason: 'r', patch: [] }] });
    expect(use.findings()).toEqual([]);
  });
});
