import { describe, expect, it } from 'vitest';
import { dropEmptyFilters, dropUnknownFields, fieldsOf } from './route-fields.ts';

const object = { type: 'object' };
const definition = {
  spec: {
    versions: [
      {
        name: 'v1',
        schema: {
          openAPIV3Schema: {
            properties: {
              spec: {
                properties: {
                  rules: {
                    items: {
                      properties: {
                        matches: { items: object },
                        filters: {
                          items: {
                            properties: { type: object, requestMirror: { properties: { backendRef: object } } },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

const route = () => ({
  spec: {
    rules: [
      {
        matches: [{ path: { value: '/' } }],
        retry: { attempts: 1 },
        filters: [
          { type: 'RequestMirror', requestMirror: { backendRef: { name: 'a' }, percent: 10 } },
          { type: 'CORS', cors: {} },
        ],
      },
    ],
  },
});

describe('fields of a definition', () => {
  it('are what stays of an object; a filter without its member goes', () => {
    const made = route();
    const dropped = dropUnknownFields(made, fieldsOf(definition, 'v1'));
    dropEmptyFilters(made);
    expect(dropped).toEqual([
      'spec.rules.filters.cors',
      'spec.rules.filters.requestMirror.percent',
      'spec.rules.retry',
    ]);
    expect(made.spec.rules).toEqual([
      {
        matches: [{ path: { value: '/' } }],
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'a' } } }],
      },
    ]);
  });

  it('that are not known leave all but the experimental channel', () => {
    expect(dropUnknownFields(route(), undefined)).toEqual(['spec.rules.retry']);
  });

  it('are all there is where the schema takes anything', () => {
    const open = {
      spec: {
        versions: [{ name: 'v1', schema: { openAPIV3Schema: { 'x-kubernetes-preserve-unknown-fields': true } } }],
      },
    };
    expect(dropUnknownFields(route(), fieldsOf(open, 'v1'))).toEqual([]);
    expect(fieldsOf(open, 'v2')).toEqual([]);
  });
});
