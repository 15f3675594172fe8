import { describe, expect, it } from 'vitest';
import { uncountedFindings } from './uncounted.ts';

const list = (namespace: string, plural: string, group = '') => ({
  namespace,
  resource: { group, plural },
  why: '403',
});

describe('lists of the target that were refused', () => {
  it('are reported, one finding for a namespace, with every kind', () => {
    const lists = [list('b', 'secrets'), list('a', 'boxes', 'example.org'), list('b', 'configmaps')];
    expect(uncountedFindings('east', lists)).toMatchObject([
      { code: 'TARGET_UNCOUNTED', severity: 'warning', subject: 'east: Namespace a' },
      {
        subject: 'east: Namespace b',
        message: expect.stringContaining('configmaps, secrets could not be listed and are not counted') as string,
      },
    ]);
  });

  it('are none where all were read', () => {
    expect(uncountedFindings('east', [])).toEqual([]);
  });
});
