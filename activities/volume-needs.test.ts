import { describe, expect, it } from 'vitest';
import { VolumeCluster } from '../test/support/volume-cluster.ts';
import { groupResource } from '../src/core/resource.ts';
import type { ApiResource } from '../src/core/resource.ts';
import { runLabel } from '../src/core/identity/names.ts';
import { exposeDirectly, removeDirectCopy } from '../src/movers/snapshot/direct-copy.ts';
import { releaseVolume, bindVolume } from '../src/movers/snapshot/bind-volume.ts';
import { cleanUp } from '../src/movers/snapshot/leftovers.ts';
import { claims, jobs, pods, secrets, volumes } from '../src/movers/snapshot/resources.ts';
import { createTargetClaim, removeTemporaryClaim } from '../src/movers/snapshot/temporary-claim.ts';
import { unbindVolume } from '../src/movers/snapshot/unbind-volume.ts';
import type { Cluster, ListOptions, ObjectAddress } from '../src/ports/cluster.ts';
import { activityRows, type ActivityName, type ActivityRow } from '../src/saga/activity-rows.ts';
import type { Need, Place } from '../src/saga/need.ts';

const runId = 'shop-1';
const landfallNamespace = 'landfall-system';
const application = { namespace: 'shop', name: 'data' };
const temporaryClaim = 'lf-data';
const ours = { labels: { [runLabel]: runId } };
const provisioned = { annotations: { 'pv.kubernetes.io/provisioned-by': 'csi.example.com' } };
const applicationClaim = JSON.stringify({ kind: 'PersistentVolumeClaim', metadata: {}, spec: {} });

const verbs = { get: 'get', list: 'list', create: 'create', patch: 'patch', delete: 'delete', waitFor: 'get' } as const;
const places: Readonly<Record<string, Place>> = { '': 'cluster', shop: 'scope', [landfallNamespace]: 'own' };

/** The cluster, and every right that is used on it: verb, kind, place. */
function recording(cluster: Cluster) {
  const used = new Set<string>();
  const note = (verb: string, resource: ApiResource, namespace: string): void =>
    void used.add(`${verb} ${groupResource(resource)} ${places[namespace] ?? namespace}`);
  const recorded = new Proxy(cluster, {
    get: (target, name: keyof typeof verbs) => {
      const call = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      if (!Object.hasOwn(verbs, name)) return call;
      return (asked: unknown, ...args: unknown[]) => {
        const { resource, namespace = '' } =
          name === 'list' ? { resource: asked as ApiResource, ...(args[0] as ListOptions) } : (asked as ObjectAddress);
        note(verbs[name], resource, namespace);
        return call(asked, ...args);
      };
    },
  });
  return { cluster: recorded, used };
}

/** What was used and is in no row of these activities. */
function beyond(used: ReadonlySet<string>, side: Need['side'], ...names: ActivityName[]): string[] {
  const needs = names.flatMap((name) => (activityRows[name] as ActivityRow).needs).filter((need) => need.side === side);
  const granted = needs.flatMap(({ verbs: allowed, of, in: place }) =>
    typeof of === 'string' ? [] : of.flatMap((kind) => allowed.map((verb) => `${verb} ${kind} ${place}`))
  );
  expect(used.size).toBeGreaterThan(0);
  return [...used].filter((right) => !granted.includes(right));
}

/** A target on which a mover has filled a volume, with a pod that has ended and still names its claim. */
function filled() {
  const target = new VolumeCluster();
  target.plant(claims, {
    metadata: { name: temporaryClaim, namespace: landfallNamespace, ...ours },
    spec: { volumeName: 'pv-1' },
  });
  const { uid } = target.find(claims, temporaryClaim, landfallNamespace)?.metadata ?? {};
  target.plant(volumes, {
    metadata: { name: 'pv-1', ...provisioned },
    spec: {
      persistentVolumeReclaimPolicy: 'Delete',
      claimRef: { namespace: landfallNamespace, name: temporaryClaim, uid },
    },
  });
  target.plant(pods, {
    metadata: { name: 'mover', namespace: landfallNamespace, ...ours },
    spec: { volumes: [{ persistentVolumeClaim: { claimName: temporaryClaim } }] },
  });
  const { cluster, used } = recording(target.cluster);
  return { used, context: { cluster, runId, timeoutMs: 1, landfallNamespace, temporaryClaim, application } };
}

describe('what is called on the way of volumes is in the rows', () => {
  it('of binding, of letting go and of taking back', async () => {
    const { used, context } = filled();
    await bindVolume({ ...context, applicationClaim });
    expect(beyond(used, 'target', 'bindVolumes')).toEqual([]);
    used.clear();
    await unbindVolume(context);
    expect(beyond(used, 'target', 'unbindVolumes')).toEqual([]);
    const other = filled();
    await bindVolume({ ...other.context, applicationClaim });
    other.used.clear();
    await releaseVolume(other.context);
    expect(beyond(other.used, 'target', 'releaseVolumes')).toEqual([]);
  });

  it('of making a volume on the target and of removing it', async () => {
    const { cluster, used } = recording(new VolumeCluster().cluster);
    const context = { cluster, runId, timeoutMs: 1, landfallNamespace };
    const claim = { name: 'lf-new', standsFor: 'shop/data', storageClass: 'fast', size: '1Gi', accessModes: [] };
    await createTargetClaim({ ...context, temporaryClaim: claim });
    await createTargetClaim({ ...context, temporaryClaim: claim });
    expect(beyond(used, 'target', 'createTargetVolume')).toEqual([]);
    const made = filled();
    await removeTemporaryClaim({ ...made.context, claimName: temporaryClaim });
    expect(beyond(made.used, 'target', 'removeTargetVolumes')).toEqual([]);
  });

  it('of copying a claim where it is, and of sweeping what is left', async () => {
    const source = new VolumeCluster();
    source.plant(claims, { metadata: application, spec: { volumeName: 'pv-0' } });
    source.plant(volumes, { metadata: { name: 'pv-0' }, spec: { claimRef: { ...application } } });
    const { cluster, used } = recording(source.cluster);
    const context = { cluster, runId, timeoutMs: 1, landfallNamespace };
    const names = { volumeName: 'lf-copy', temporaryClaim };
    await exposeDirectly({ ...context, ...names, namespace: 'shop', claim: 'data' });
    expect(beyond(used, 'source', 'exposeClaim')).toEqual([]);
    used.clear();
    await removeDirectCopy({ ...context, ...names });
    expect(beyond(used, 'source', 'removeSourceVolumes')).toEqual([]);
    await exposeDirectly({ ...context, ...names, namespace: 'shop', claim: 'data' });
    for (const resource of [jobs, pods, secrets])
      source.plant(resource, { metadata: { name: 'left', namespace: landfallNamespace, ...ours }, spec: {} });
    used.clear();
    expect(await cleanUp({ ...context, namespaces: ['shop'] })).toEqual([]);
    expect(beyond(used, 'source', 'sweepVolumes')).toEqual([]);
    const target = filled();
    await bindVolume({ ...target.context, applicationClaim });
    target.used.clear();
    await cleanUp({ ...target.context, namespaces: ['shop'] });
    expect(beyond(target.used, 'target', 'sweepVolumes')).toEqual([]);
  });
});
