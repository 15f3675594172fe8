import { expect, it } from 'vitest';
import { mergeIndexes } from '../../archive/index-file.ts';
import { createSegmentWriter } from '../../archive/segment-writer.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import { createMemoryLocation } from '../../../test/support/memory-location.ts';
import { translationOf } from '../../../test/translate/setting.ts';
import { servedOrPlanned } from './transform-context.ts';
import type { Session } from '../session.ts';

const definitions = {
  ...{ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
  ...{ plural: 'customresourcedefinitions', namespaced: false },
};

function definition(group: string, kind: string) {
  const plural = `${kind.toLowerCase()}s`;
  const versions = [
    { name: 'v1', served: true },
    { name: 'v1alpha1', served: false },
  ];
  const spec = { group, scope: 'Namespaced', names: { kind, plural }, versions };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: definitions.kind,
    metadata: { name: `${plural}.${group}` },
    spec,
  };
}

const captured = [
  definition('projectcontour.io', 'ExtensionService'),
  definition('example.org', 'Widget'),
  definition('example.org', 'Gadget'),
];

/** `group/version/Kind` of everything that will be served, where the target has Gadgets in another version. */
async function served(translation?: Translation): Promise<string[]> {
  const location = createMemoryLocation('store');
  const writer = createSegmentWriter(location);
  for (const one of captured) {
    const ref = { group: definitions.group, kind: definitions.kind, namespace: '', name: one.metadata.name };
    await writer.add({ resource: definitions, ref, uid: ref.name }, Buffer.from(JSON.stringify(one)));
  }
  const { index } = await writer.finish();
  if (index === undefined) throw new Error('nothing is stored');
  const gadget: ApiResource = {
    ...{ group: 'example.org', version: 'v2', kind: 'Gadget', plural: 'gadgets', namespaced: true },
    ...{ verbs: [], subresources: [] },
  };
  const session = {
    location,
    target: { discover: () => Promise.resolve({ resources: [{ ...gadget, preferred: true }] }) },
    spec: { namespaceMapping: {}, storageClasses: {}, transforms: [], volumes: { mode: 'none' } },
  } as unknown as Session;
  const { signal } = new AbortController();
  const found = await servedOrPlanned(session, await mergeIndexes(location, [index]), { signal, translation });
  return found.map(({ group, version, kind }) => `${group}/${version}/${kind}`).sort();
}

const gadget = 'example.org/v2/Gadget';
const widget = 'example.org/v1/Widget';

it('counts what captured definitions serve, but for those the target has already', async () => {
  expect(await served()).toEqual([widget, gadget, 'projectcontour.io/v1/ExtensionService']);
});

it('counts no definition that translation excludes: its objects must not wait for it', async () => {
  expect(await served(translationOf({ from: 'vks', to: 'eks' }))).toEqual([widget, gadget]);
});
