import { describe, expect, it } from 'vitest';
import { chooseCaptureKinds } from '../src/core/capture/capture-kinds.ts';
import { assessPermissions } from '../src/core/preflight/preflight.ts';
import type { Permission } from '../src/ports/cluster.ts';
import type { Scoped } from '../src/saga/permissions.ts';
import { askPermissions } from './permissions.ts';

const served = (plural: string, kind: string) => ({
  ...{ group: '', version: 'v1', kind, plural, namespaced: true, verbs: ['list', 'create'], subresources: [] },
  preferred: true,
});
const resources = [served('configmaps', 'ConfigMap'), served('secrets', 'Secret')];
const eight = Array.from({ length: 8 }, (_, index) => `shop-${index + 1}`);

interface Given {
  /** Whether a question is answered with yes: side, verb, plural, namespace ('' = all of them). */
  readonly may: (side: string, verb: string, plural: string, namespace: string) => boolean;
  readonly namespaces?: readonly string[];
  readonly mapping?: Readonly<Record<string, string>>;
}

async function denied({ may, namespaces = eight, mapping = {} }: Given) {
  let asked = 0;
  const cluster = (side: string) => ({
    name: side,
    can: async ({ verb, resource: { plural }, namespace }: Permission) => {
      asked += 1;
      return may(side, verb, plural, namespace);
    },
  });
  const spec = {
    ...{
      scope: { clusterScoped: 'dependencies', namespaces },
      namespaceMapping: mapping,
      existingResourcePolicy: 'fail',
    },
    ...{ volumes: { mode: 'none' }, hooks: { pre: [], post: [] }, landfallNamespace: 'landfall-system' },
  };
  const plan = { kinds: chooseCaptureKinds(resources, resources, namespaces), namespaces };
  const served = new Set(resources.map(({ plural }) => plural));
  const scoped = {
    ...{ spec, plan, hasClaims: false, newNamespaces: false, any: resources },
    served: { source: served, target: served },
  } as unknown as Scoped;
  const progress = { signal: new AbortController().signal, update: () => undefined };
  const asking = { kind: 'migrate' } as const;
  const request = { asking, scoped, canAskTarget: true, progress: progress as never };
  const checks = await askPermissions({ source: cluster('source'), target: cluster('target') } as never, request);
  return { asked, found: assessPermissions(checks).map(({ subject, message }) => `${subject}: ${message}`) };
}

/** Somebody with rights in single namespaces only. */
const inNamespaces: Given['may'] = (_side, verb, plural, namespace) =>
  plural !== '*' && verb !== '*' && (namespace !== '' || plural === 'namespaces');

describe('the rights a run needs', () => {
  it.each(eight)('are asked for in %s as in every other namespace of the scope', async (missing) => {
    const { found } = await denied({
      may: (side, verb, plural, namespace) =>
        inNamespaces(side, verb, plural, namespace) &&
        !(namespace === missing && plural === 'secrets' && (side === 'source' || verb === 'delete')),
    });
    expect(found).toEqual([
      `source (source): this user is not allowed to list secrets in namespace ${missing}`,
      `target (target): this user is not allowed to delete secrets in namespace ${missing}`,
    ]);
  });

  it('are asked for under the names that the namespaces get on the target', async () => {
    const { found } = await denied({
      may: (side, verb, plural, namespace) =>
        inNamespaces(side, verb, plural, namespace) &&
        !(side === 'target' && namespace === 'store' && verb === 'patch'),
      mapping: { 'shop-8': 'store' },
    });
    expect(found).toEqual([
      'target (target): this user is not allowed to patch configmaps, secrets in namespace store',
    ]);
  });

  it('are few questions for somebody who may do everything, and for somebody who may in all namespaces', async () => {
    expect(await denied({ may: () => true })).toEqual({ asked: 2, found: [] });
    const everywhere = await denied({ may: (_side, verb) => verb !== '*' });
    expect(everywhere.found).toEqual([]);
    expect(everywhere.asked).toBeLessThan(40);
  });

  it('to list in the whole cluster are asked for where a scope is so large that it is listed at once', async () => {
    const many = Array.from({ length: 25 }, (_, index) => `shop-${index}`);
    const { found } = await denied({ may: inNamespaces, namespaces: many });
    expect(found).toEqual(['source (source): this user is not allowed to list configmaps, secrets in the cluster']);
  });
});
