import { describe, expect, it } from 'vitest';
import { LandfallError } from '../src/core/errors.ts';
import type { ErrorCode } from '../src/core/errors.ts';
import { emptyPart, mergeParts } from '../src/core/capture/capture-part.ts';
import type { ApiResource } from '../src/core/resource.ts';
import { countKind } from './capture-dependencies.ts';

const resource: ApiResource = {
  ...{ group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true },
  ...{ verbs: ['list', 'create'], subresources: [] },
};

async function counted(code: ErrorCode) {
  const source = {
    list: () => {
      throw new LandfallError(code, { what: 'refused' });
    },
  };
  const progress = { signal: new AbortController().signal };
  const task = { session: { source }, progress, selection: {}, onObjects: () => undefined };
  return countKind(task as never, { resource, namespaces: ['shop'], servedByTarget: true });
}

describe('objects of a kind that is never taken', () => {
  it('are named as not counted where their list is refused, also once parts are merged', async () => {
    const { part, excluded } = await counted('CLUSTER_FORBIDDEN');
    expect(excluded).toEqual([]);
    const uncounted = [{ kind: 'leases.coordination.k8s.io', why: 'this user is not allowed to list them' }];
    expect(part.uncounted).toEqual(uncounted);
    expect(mergeParts(mergeParts(emptyPart, part), emptyPart).uncounted).toEqual(uncounted);
    expect(mergeParts(emptyPart, emptyPart)).not.toHaveProperty('uncounted');
  });

  it('end the capture where the cluster is not reached', async () => {
    await expect(counted('CLUSTER_UNREACHABLE')).rejects.toThrow('refused');
  });
});
