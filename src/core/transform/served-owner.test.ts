import { expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import { servedOwner } from './served-owner.ts';

const widget = (version: string): ApiResource => ({
  ...{
    group: 'example.org',
    version,
    kind: 'Widget',
    plural: 'widgets',
    namespaced: true,
    verbs: [],
    subresources: [],
  },
});
const link = (version: string) => ({
  owner: { group: 'example.org', kind: 'Widget', namespace: 'shop', name: 'w' },
  apiVersion: `example.org/${version}`,
});

it('names an owner in its own version where that is served, else in one that is', () => {
  const both = [widget('v2'), widget('v1')];
  expect(servedOwner(link('v1'), both)).toEqual({ resource: widget('v1'), apiVersion: 'example.org/v1' });
  expect(servedOwner(link('v1beta1'), both)).toEqual({ resource: widget('v2'), apiVersion: 'example.org/v2' });
  expect(servedOwner(link('v1'), [{ ...widget('v1'), group: 'other.org' }])).toBeUndefined();
});
