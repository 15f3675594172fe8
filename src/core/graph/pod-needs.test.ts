import { expect, it } from 'vitest';
import { objectKey, type ObjectRef } from '../resource.ts';
import { createPodNeeds } from './pod-needs.ts';

const ref = (kind: string, name: string, group = '', namespace = 'shop'): ObjectRef => ({
  group,
  kind,
  namespace,
  name,
});
const leaving = (kind: string, name: string) => ({
  ref: ref(kind, name),
  rule: 'object/terminating',
  reason: 'it is being deleted on the source',
});
const claim = { name: 'v', persistentVolumeClaim: { claimName: 'leaving' } };

it.each<[string, object, string, boolean]>([
  ['its claim', { volumes: [claim] }, 'PersistentVolumeClaim', true],
  [
    'another claim',
    { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'x' } }] },
    'PersistentVolumeClaim',
    false,
  ],
  ['its Secret', { containers: [{ envFrom: [{ secretRef: { name: 'leaving' } }] }] }, 'Secret', true],
  ['a Secret it can do without', { volumes: [{ secret: { secretName: 'leaving', optional: true } }] }, 'Secret', false],
  [
    'a projected ConfigMap',
    { volumes: [{ projected: { sources: [{ configMap: { name: 'leaving' } }] } }] },
    'ConfigMap',
    true,
  ],
])('a pod is not waited for without %s', (_name, spec, kind, expected) => {
  const needs = createPodNeeds();
  const target = ref('Pod', 'user', '', 'store');
  needs.add(ref('Pod', 'user'), target, JSON.stringify({ spec }));
  const { keys, findings } = needs.stuck([leaving(kind, 'leaving')]);
  expect(keys.has(objectKey(target))).toBe(expected);
  expect(findings.map(({ code, subject }) => [code, subject])).toEqual(
    expected ? [['REFERENCE_EXCLUDED', 'Pod shop/user']] : []
  );
});

it('a claim of a template is no volume of the pod template', () => {
  const needs = createPodNeeds();
  const spec = { template: { spec: { volumes: [claim] } }, volumeClaimTemplates: [{ metadata: { name: 'v' } }] };
  needs.add(ref('StatefulSet', 'db', 'apps'), ref('StatefulSet', 'db', 'apps'), JSON.stringify({ spec }));
  expect(needs.stuck([leaving('PersistentVolumeClaim', 'leaving')]).findings).toEqual([]);
});
