import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import { chooseVersion, hiddenFieldsFinding } from './capture-versions.ts';
import { hiddenFields, versionsOfDefinition, type DefinitionVersions } from './definition-versions.ts';

const text = { type: 'string' };
const schema = (spec: object): object => ({
  openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: spec } } },
});

interface Version {
  readonly name: string;
  readonly spec?: object;
  readonly served?: boolean;
  readonly storage?: boolean;
}

function definition(
  versions: readonly Version[],
  more: { stored?: string[]; webhook?: boolean } = {}
): DefinitionVersions {
  const given = {
    spec: {
      group: 'example.com',
      names: { plural: 'gears', kind: 'Gear' },
      versions: versions.map(({ name, spec = {}, served = true, storage = false }) => ({
        ...{ name, served, storage },
        schema: schema(spec),
      })),
      conversion: { strategy: more.webhook === true ? 'Webhook' : 'None' },
    },
    status: { storedVersions: more.stored ?? versions.filter(({ storage }) => storage).map(({ name }) => name) },
  };
  const found = versionsOfDefinition(JSON.stringify(given));
  if (found === undefined) throw new Error('one version only');
  return found;
}

const served = (...versions: readonly string[]): readonly ApiResource[] =>
  versions.map((version) => ({
    ...{ group: 'example.com', version, kind: 'Gear', plural: 'gears', namespaced: true },
    ...{ verbs: ['list'], subresources: [] },
  }));
const proposed = served('v1')[0] as ApiResource;

describe('hiddenFields', () => {
  const two = (from: object, to: object, webhook = false): readonly string[] =>
    hiddenFields(
      definition(
        [
          { name: 'v1beta1', spec: from, storage: true },
          { name: 'v1', spec: to },
        ],
        { webhook }
      ),
      'v1beta1',
      'v1'
    );
  it.each<[string, readonly string[], object, object]>([
    ['the same', [], { a: text }, { a: text }],
    ['a field more', ['/spec/only'], { a: text, only: text }, { a: text }],
    ['a field less', [], { a: text }, { a: text, more: text }],
    [
      'a field of items',
      ['/spec/list/*/b'],
      { list: { items: { properties: { a: text, b: text } } } },
      { list: { items: { properties: { a: text } } } },
    ],
    [
      'a field of values',
      ['/spec/map/*/b'],
      { map: { additionalProperties: { properties: { b: text } } } },
      { map: { additionalProperties: { properties: {} } } },
    ],
    [
      'a map of anything',
      ['/spec/map/*'],
      { map: { additionalProperties: text } },
      { map: { properties: { a: text } } },
    ],
    ['names in a map', [], { map: { properties: { a: text } } }, { map: { additionalProperties: text } }],
    [
      'what keeps all',
      [],
      { free: { properties: { a: text } } },
      { free: { 'x-kubernetes-preserve-unknown-fields': true } },
    ],
    [
      'what kept all',
      ['/spec/free/*'],
      { free: { 'x-kubernetes-preserve-unknown-fields': true } },
      { free: { type: 'object' } },
    ],
  ])('%s', (_name, expected, from, to) => expect(two(from, to)).toEqual(expected));
  it('trusts a webhook', () => expect(two({ only: text }, {}, true)).toEqual([]));
});

describe('chooseVersion', () => {
  const old: Version = { name: 'v1beta1', spec: { common: text, only: text }, storage: true };
  const one: Version = { name: 'v1', spec: { common: text } };
  const both = { source: served('v1', 'v1beta1'), target: served('v1', 'v1beta1') };
  it('reads in the stored version where the preferred one hides something', () => {
    const chosen = chooseVersion(proposed, definition([old, one]), both);
    expect(chosen).toMatchObject({ resource: { version: 'v1beta1' }, hidden: [] });
  });
  it('also where the target gets its definition with the run', () => {
    const chosen = chooseVersion(proposed, definition([old, one]), { ...both, target: [] });
    expect(chosen.resource.version).toBe('v1beta1');
  });
  it('stays with the preferred one where nothing is hidden', () => {
    const same = definition([{ ...old, spec: { common: text } }, one]);
    expect(chooseVersion(proposed, same, both)).toMatchObject({ resource: { version: 'v1' }, hidden: [] });
    expect(chooseVersion(proposed, definition([old, one], { webhook: true }), both).resource.version).toBe('v1');
  });
  it.each<[string, DefinitionVersions, { source: readonly ApiResource[]; target: readonly ApiResource[] }]>([
    ['the target does not serve it', definition([old, one]), { ...both, target: served('v1') }],
    ['the source does not serve it', definition([{ ...old, served: false }, one]), { ...both, source: served('v1') }],
  ])('says what is hidden where %s', (_name, of, sides) => {
    const chosen = chooseVersion(proposed, of, sides);
    expect(chosen).toMatchObject({
      resource: { version: 'v1' },
      hidden: [{ version: 'v1beta1', isStorage: true, fields: ['/spec/only'] }],
    });
    const [hidden] = chosen.hidden;
    if (hidden === undefined) throw new Error('nothing hidden');
    expect(hiddenFieldsFinding(chosen.resource, hidden, ['Gear a/b'])).toMatchObject({
      severity: 'blocker',
      subject: 'Gear a/b',
      message: expect.stringContaining('is stored as v1beta1 with /spec/only') as string,
    });
  });
  it('thinks of versions from earlier', () => {
    const moved = definition(
      [
        { ...old, storage: false },
        { ...one, storage: true },
      ],
      { stored: ['v1beta1', 'v1'] }
    );
    expect(chooseVersion(proposed, moved, both).resource.version).toBe('v1beta1');
    expect(chooseVersion(proposed, moved, { ...both, target: served('v1') }).hidden).toMatchObject([
      { version: 'v1beta1', isStorage: false },
    ]);
  });
});
