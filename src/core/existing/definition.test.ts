import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json/value.ts';
import { compareDefinitions, schemaOf } from './definition.ts';
import { definitionFinding, prunedFinding } from './findings.ts';
import { prunedFields } from './pruned-fields.ts';

const text = { type: 'string' };
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

describe('prunedFields', () => {
  it.each<[string, object, object, readonly string[]]>([
    ['nothing', object({ spec: object({ a: text }) }), { spec: { a: '1' } }, []],
    ['what every object has', object({}), { apiVersion: 'v', kind: 'K', metadata: { name: 'n', labels: {} } }, []],
    ['a field', object({ spec: object({ a: text }) }), { spec: { a: '1', b: '2' } }, ['/spec/b']],
    ['a whole part, once', object({}), { spec: { a: '1', b: '2' } }, ['/spec']],
    [
      'fields of items, by their place',
      object({ list: { type: 'array', items: object({ a: text }) } }),
      { list: [{ a: '1', b: '2' }, { b: '3' }] },
      ['/list/*/b'],
    ],
    [
      'nothing where unknown fields are preserved',
      object({ spec: object({}, { 'x-kubernetes-preserve-unknown-fields': true }) }),
      { spec: { any: { thing: 1 } } },
      [],
    ],
    [
      'known parts of what is preserved',
      object({ spec: object({ known: object({ a: text }) }, { 'x-kubernetes-preserve-unknown-fields': true }) }),
      { spec: { any: 1, known: { a: '1', b: '2' } } },
      ['/spec/known/b'],
    ],
    [
      'nothing of the items of a list that preserves unknown fields, known parts of them excepted',
      object({
        list: {
          type: 'array',
          items: object({ known: object({ a: text }) }),
          'x-kubernetes-preserve-unknown-fields': true,
        },
      }),
      { list: [{ any: 1, known: { a: '1', b: '2' } }] },
      ['/list/*/known/b'],
    ],
    [
      'values of maps',
      object({ map: { type: 'object', additionalProperties: object({ a: text }) } }),
      { map: { x: { a: '1', b: '2' } } },
      ['/map/*/b'],
    ],
    ['no keys of a map', object({ map: { type: 'object', additionalProperties: text } }), { map: { x: '1' } }, []],
    [
      'nothing of an embedded object that every object has',
      object({ template: object({ spec: object({}) }, { 'x-kubernetes-embedded-resource': true }) }),
      { template: { apiVersion: 'v', kind: 'K', metadata: { name: 'n' }, spec: {}, other: 1 } },
      ['/template/other'],
    ],
  ])('reports %s', (_, schema, value, paths) => {
    expect(prunedFields(value as JsonValue, schema as JsonValue)).toEqual(paths);
  });

  it('reports nothing without a schema', () => expect(prunedFields({ spec: { a: 1 } }, undefined)).toEqual([]));
});

const definition = (versions: readonly string[], more: object = {}, metadata: object = {}) =>
  JSON.stringify({
    metadata: { name: 'boxes.x.io', ...metadata },
    spec: {
      group: 'x.io',
      scope: 'Namespaced',
      names: { plural: 'boxes' },
      versions: versions.map((name) => ({
        name,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: object({ spec: object({ [name]: text }) }) },
      })),
      ...more,
    },
  });

describe('compareDefinitions', () => {
  it('has nothing to say of labels and annotations', () => {
    const installed = definition(['v1'], {}, { labels: { helm: 'x' }, annotations: { a: 'b' } });
    expect(compareDefinitions(definition(['v1']), installed)).toBeUndefined();
  });

  it('names the versions each side serves', () => {
    const difference = compareDefinitions(definition(['v1']), definition(['v2', 'v1']));
    expect(difference).toMatchObject({ versions: { source: ['v1'], target: ['v2', 'v1'] } });
    expect(difference && definitionFinding('west', 'boxes.x.io', difference)).toMatchObject({
      code: 'DEFINITION_DIFFERS',
      severity: 'warning',
    });
  });

  it('stops where the scope is another: no object of it can be made', () => {
    const difference = compareDefinitions(definition(['v1']), definition(['v1'], { scope: 'Cluster' }));
    expect(difference && definitionFinding('west', 'boxes.x.io', difference)).toMatchObject({
      code: 'KIND_NOT_SERVED',
      severity: 'blocker',
    });
  });

  it('gives the schema of a version, and none where every field is kept', () => {
    expect(schemaOf(definition(['v1', 'v2']), 'v2')).toMatchObject({ properties: { spec: {} } });
    expect(schemaOf(definition(['v1']), 'v3')).toBeUndefined();
    expect(schemaOf(definition(['v1'], { preserveUnknownFields: true }), 'v1')).toBeUndefined();
  });
});

describe('prunedFinding', () => {
  const pruned = {
    definition: 'boxes.x.io',
    version: 'v1',
    paths: new Set(['/spec/b']),
    objects: Array.from({ length: 12 }, (_, index) => ({
      group: 'x.io',
      kind: 'Box',
      namespace: 'shop',
      name: `box-${index}`,
    })),
  };

  it.each([
    ['fail', 'blocker'],
    ['skip', 'warning'],
    ['update', 'warning'],
  ] as const)('%s: %s', (policy, severity) => {
    const finding = prunedFinding('west', pruned, policy);
    expect(finding).toMatchObject({ code: 'FIELDS_PRUNED', severity });
    expect(finding.message).toContain('/spec/b of Box shop/box-0');
    expect(finding.message).toContain('and 2 more');
  });
});
