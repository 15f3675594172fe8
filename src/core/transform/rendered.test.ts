import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import { readHead } from '../select/head.ts';
import type { TransformSpec } from '../spec/spec.ts';
import type { TransformContext, TransformOutcome } from './rule.ts';
import { transformObject } from './transform-object.ts';

const context: TransformContext = {
  namespaceMapping: {},
  storageClasses: {},
  userTransforms: [],
  volumes: {},
  targetResources: [],
  preserve: { nodePorts: false, status: [] },
  deferPodSecurity: false,
};

const services: ApiResource = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
  verbs: [],
  subresources: ['status'],
};

function transform(given: object, using: Partial<TransformContext>): TransformOutcome {
  const text = JSON.stringify(given);
  return transformObject({ head: readHead(text, services), text, resource: services }, { ...context, ...using });
}

function result(given: object, using: Partial<TransformContext>): Record<string, unknown> {
  return JSON.parse(transform(given, using).text) as Record<string, unknown>;
}

describe('a rendered manifest', () => {
  const rendered = (content: Record<string, unknown>, namespaces = ['shop']): TransformSpec => ({
    name: 'out.yaml:x',
    match: { kinds: ['Service'], namespaces: [], name: '^web$', labelSelector: '' },
    patch: [],
    manifest: { content, namespaces },
    reason: 'out.yaml has it',
  });
  const given = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'src', annotations: { held: 'yes' }, labels: { app: 'web' } },
    spec: { ports: [{ port: 80 }], type: 'LoadBalancer' },
    extra: 1,
  };
  const content = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', labels: { env: 'production' }, uid: 'never' },
    spec: { ports: [{ port: 443 }] },
  };

  it('takes the place of the object of its name on the target, and leaves what holds it back', () => {
    const outcome = transform(given, { namespaceMapping: { src: 'shop' }, userTransforms: [rendered(content)] });
    expect(JSON.parse(outcome.text)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: 'shop',
        annotations: { held: 'yes' },
        labels: { app: 'web', env: 'production' },
      },
      spec: { ports: [{ port: 443 }] },
    });
    const own = outcome.changes.filter(({ rule }) => rule.startsWith('user/'));
    expect(own.map(({ rule, reason }) => `${rule}: ${reason}`)).toEqual(['user/out.yaml:x: out.yaml has it']);
  });

  it('leaves objects of other namespaces and groups alone, and refuses another version', () => {
    const user = (apiVersion: string) => ({ userTransforms: [rendered({ ...content, apiVersion })] });
    expect(result(given, user('v1'))['spec']).toEqual(given.spec);
    const there = { ...given, metadata: { ...given.metadata, namespace: 'shop' } };
    expect(result(there, user('serving.knative.dev/v1'))['spec']).toEqual(given.spec);
    expect(() => result(there, user('v2'))).toThrow(/does not apply to Service shop\/web/);
  });
});
