import { describe, expect, it } from 'vitest';
import { openContent, type StoredCapture } from '../src/archive/captured-content.ts';
import { mergeIndexes } from '../src/archive/index-file.ts';
import { commitRecoveryPoint } from '../src/archive/recovery-point.ts';
import { loadJson, storeJson, storeLines } from '../src/archive/run-objects.ts';
import { createSegmentCache } from '../src/archive/segment-cache.ts';
import { createSegmentWriter } from '../src/archive/segment-writer.ts';
import { emptyPart, groupExcluded, type ExcludedObject } from '../src/core/capture/capture-part.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import type { ApiResource } from '../src/core/resource.ts';
import type { MigrationSpec } from '../src/core/spec/spec.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { createMemoryLocation } from '../test/support/memory-location.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { Location } from '../src/ports/location.ts';
import { computeDesiredState } from './compute-desired-state.ts';
import type { PlanSession } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

const kind = (group: string, name: string, plural: string, namespaced = true): ApiResource => ({
  ...{ group, version: 'v1', kind: name, plural, namespaced },
  ...{ verbs: ['create', 'get', 'list'], subresources: [] },
});
const namespaces = kind('', 'Namespace', 'namespaces', false);
const configMaps = kind('', 'ConfigMap', 'configmaps');
const services = kind('', 'Service', 'services');
const claims = kind('', 'PersistentVolumeClaim', 'persistentvolumeclaims');
const deployments = kind('apps', 'Deployment', 'deployments');
const classes = kind('storage.k8s.io', 'StorageClass', 'storageclasses', false);
const drivers = kind('storage.k8s.io', 'CSIDriver', 'csidrivers', false);
const served = [namespaces, configMaps, services, claims, deployments, classes, drivers];

/** A cluster that serves these kinds and holds nothing but a storage class with its driver. */
function emptyCluster(name: string, more: Readonly<Record<string, object>> = {}): Cluster {
  const there: Readonly<Record<string, object>> = {
    storageclasses: { metadata: { name: 'gp3' }, provisioner: 'ebs.csi.aws.com' },
    csidrivers: { metadata: { name: 'ebs.csi.aws.com' } },
    ...more,
  };
  const nobody = (): never => {
    throw new Error(`planning asks ${name} for something it does not need`);
  };
  return {
    name,
    discover: () =>
      Promise.resolve({
        resources: served.map((one) => ({ ...one, preferred: true })),
        failures: [],
        shortNames: new Map(),
      }),
    async *list({ plural }: ApiResource) {
      const items = Object.hasOwn(there, plural) ? [Buffer.from(JSON.stringify(there[plural]))] : [];
      yield await Promise.resolve({ resourceVersion: '1', items, restarted: 0, remaining: undefined });
    },
    identity: () => Promise.resolve({ uid: name, gitVersion: 'v1.32.0', clockSkewMs: 0 }),
    get: () => Promise.resolve(undefined),
    ...{ replace: nobody, patch: nobody, delete: nobody, exec: nobody, logs: nobody },
    // Mover pods and their namespace are tried without being stored.
    create: () => Promise.resolve({ object: undefined, warnings: [] }),
    can: () => Promise.resolve(true),
  } as unknown as Cluster;
}

const spec: MigrationSpec = {
  name: 'shop',
  source: { name: 'old', kubeconfig: { path: '/nowhere' }, platform: 'generic' },
  target: { name: 'new', kubeconfig: { path: '/nowhere' }, platform: 'generic' },
  location: { name: 'store', provider: 'filesystem', path: '/nowhere', prefix: '', encryption: 'none' },
  scope: {
    ...{ namespaces: ['shop'], excludeNamespaces: [], kinds: [], excludeKinds: [], labelSelector: '' },
    clusterScoped: 'dependencies',
  },
  namespaceMapping: { shop: 'store' },
  storageClasses: { '*': 'gp3' },
  transforms: [],
  existingResourcePolicy: 'fail',
  volumes: { mode: 'move', parallel: 1, snapshotClass: '', withoutSnapshot: 'fail', timeoutMs: 1_000 },
  hooks: { pre: [], post: [] },
  landfallNamespace: 'landfall-system',
  moverImage: 'mover',
  dryRun: false,
  onFailure: 'rollback',
};

const container = { name: 'web', image: 'web', envFrom: [{ configMapRef: { name: 'settings' } }] };
const pods = { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } };
const claim = (name: string) => ({
  metadata: { name, namespace: 'shop' },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'vsan', volumeName: `pv-${name}`, resources: {} },
  status: { phase: 'Bound' },
});
const web = { metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 'web' } } };
const captured: readonly (readonly [ApiResource, { readonly metadata: { name: string; namespace?: string } }])[] = [
  [namespaces, { metadata: { name: 'shop' } }],
  [configMaps, { ...{ metadata: { name: 'settings', namespace: 'shop' } }, ...{ data: { url: 'http://web.shop' } } }],
  [services, web],
  [deployments, { ...{ metadata: { name: 'web', namespace: 'shop' } }, ...{ spec: { template: pods } } }],
  [claims, claim('data')],
  [claims, claim('cache')],
];
const remaining: readonly ExcludedObject[] = [
  {
    ref: { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'going' },
    ...{ rule: 'object/terminating', reason: 'it is being deleted' },
  },
];

interface Stored {
  readonly location: Location;
  readonly capture: StoredRef;
  readonly point: StoredRef;
}

/** Captures everything and commits it; the recovery point holds the data of one of the two claims. */
async function store(): Promise<Stored> {
  const location = createMemoryLocation('store');
  const writer = createSegmentWriter(location);
  for (const [resource, object] of captured) {
    const { name, namespace = '' } = object.metadata;
    const apiVersion = resource.group === '' ? 'v1' : `${resource.group}/v1`;
    const ref = { group: resource.group, kind: resource.kind, namespace, name };
    const bytes = Buffer.from(JSON.stringify({ apiVersion, kind: resource.kind, ...object }));
    await writer.add({ resource, ref, uid: `${resource.plural}-${name}` }, bytes);
  }
  const { index: partial } = await writer.finish();
  const index = await mergeIndexes(location, partial === undefined ? [] : [partial]);
  const excludedRefs = [await storeLines({ location, path: 'runs/shop-1/excluded' }, remaining)];
  const lists = served.map((resource) => ({ resource, namespace: 'shop', resourceVersion: '1', restarted: 0 }));
  const groups = { excludedCount: remaining.length, excludedGroups: groupExcluded(remaining), excludedRefs };
  const part = { ...emptyPart, objects: index.objects, lists, ...groups };
  const capture = await storeJson({ location, path: 'runs/shop-1/capture' }, { part, index } satisfies StoredCapture);
  const point = await commitRecoveryPoint(location, {
    ...{ id: 'shop-1', name: 'shop', createdAt: '2026-11-30T00:00:00Z', landfallVersion: '0.1.0', scope: spec.scope },
    source: { cluster: 'old', uid: 'u', gitVersion: 'v1.32.0', platform: 'generic' },
    lists: lists.map(({ resource: { verbs: _, subresources: __, ...resource }, namespace, resourceVersion }) => {
      return { ...resource, namespace, resourceVersion };
    }),
    counts: { ...index, excluded: remaining.length },
    indexes: index.parts,
    volumes: [
      {
        ...{ claim: 'shop/data', class: 'vsan', size: '5Gi', snapshotId: 's', metadataSnapshotId: 'm' },
        ...{ treeSha256: 'a'.repeat(64), bytes: 1, files: 1, excluded: 0, dataAsOf: '2026-11-01T00:00:00Z' },
      },
    ],
    ...{ excluded: excludedRefs, dependencies: [] },
    ...(index.contents && { contents: index.contents }),
  });
  return { location, capture, point };
}

/** What the run of a plan goes by. The source is there where the plan is of a capture. */
async function planOf(location: Location, content: StoredRef, change: Partial<PlanSession> = {}) {
  const session: PlanSession = {
    ...{ runId: 'restore-1', spec, location, source: undefined, target: emptyCluster('new') },
    ...{ version: '0.1.0', fieldManager: 'landfall-restore-1', mover: undefined as never },
    segments: createSegmentCache(location),
    ...change,
  };
  const progress = { signal: new AbortController().signal, update: () => undefined } as unknown as Progress;
  const plan = await computeDesiredState(session, progress, { capture: content });
  return { ...plan, stored: await loadJson<DesiredState<DesiredObject>>(location, plan.plan) };
}

describe('planning', () => {
  it('of a committed recovery point needs its manifest alone: neither a run nor a source', async () => {
    const { location, capture, point } = await store();
    // What the run had stored for itself is gone.
    await location.delete(capture.key);
    const { objects, claims, findings, stored } = await planOf(location, point);

    expect(objects).toBe(captured.length);
    expect(stored.claims.map(({ ref }) => `${ref.namespace}/${ref.name}`)).toEqual(['store/data']);
    expect(claims).toEqual([{ namespace: 'shop', name: 'data', targetNamespace: 'store' }]);
    expect(stored.moves).toEqual([
      expect.objectContaining({ ...claims[0], sourceClass: 'vsan', targetClass: 'gp3', size: '5Gi' }),
    ]);
    const codes = findings.map(({ code, subject }) => `${code} ${subject}`);
    expect(codes).toContain('VOLUME_UNBOUND old: PersistentVolumeClaim shop/cache');
    expect(codes).toContain('CHECK_NOT_MADE old: references');
  });

  it('of a recovery point gives the objects, order and content that planning its capture gives', async () => {
    const { location, capture, point } = await store();
    const without = { spec: { ...spec, volumes: { ...spec.volumes, mode: 'none' as const } } };
    const fromPoint = await planOf(location, point, without);
    const fromCapture = await planOf(location, capture, { ...without, source: emptyCluster('old', { services: web }) });

    expect(fromPoint.applyGroups).toEqual(fromCapture.applyGroups);
    expect(fromPoint.stored.excluded).toEqual(fromCapture.stored.excluded);
    // What only the source could say is not known, and is not taken for absent.
    const known = new Set(fromCapture.findings.map(({ code, subject }) => `${code} ${subject}`));
    const more = fromPoint.findings.map(({ code, subject }) => `${code} ${subject}`).filter((one) => !known.has(one));
    expect(more).toEqual([
      'CHECK_NOT_MADE check storage/classes',
      'CHECK_NOT_MADE check external/services',
      'CHECK_NOT_MADE old: references',
    ]);
    expect([fromPoint.blockers, fromCapture.blockers]).toEqual([0, 0]);
  });
});

describe('captured content', () => {
  it('says the same of itself before and after it is committed', async () => {
    const { location, capture, point } = await store();
    const [before, after] = [await openContent(location, capture), await openContent(location, point)];
    expect({ ...after, point: undefined, index: after.index.parts }).toEqual({ ...before, index: before.index.parts });
    expect(after.point?.id).toBe('shop-1');
    expect(after.excludedGroups[0]).toMatchObject({ rule: 'object/terminating', count: 1 });
  });

  it('is refused when the manifest is not the one referred to', async () => {
    const { location, point } = await store();
    await expect(openContent(location, { ...point, sha256: 'b'.repeat(64) })).rejects.toThrow('STORED_OBJECT_CORRUPT');
  });
});
