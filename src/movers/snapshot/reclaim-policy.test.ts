import { describe, expect, it } from 'vitest';
import { VolumeCluster } from '../../../test/support/volume-cluster.ts';
import { runLabels } from '../../core/identity/names.ts';
import { exposeDirectly, removeDirectCopy } from './direct-copy.ts';
import { releaseVolume, bindVolume } from './bind-volume.ts';
import { cleanUp } from './leftovers.ts';
import { claims, jobs, volumes } from './resources.ts';
import { unbindVolume } from './unbind-volume.ts';

const runId = 'shop-1';
const landfallNamespace = 'landfall-system';
const application = { namespace: 'shop', name: 'data' };
const temporaryClaim = 'lf-data';
const ours = { labels: runLabels(runId) };
const provisioned = { 'pv.kubernetes.io/provisioned-by': 'csi.example.com' };

/** A target on which the mover has filled a volume through its temporary claim. */
function filled(policy: string, annotations: Readonly<Record<string, string>> = provisioned) {
  const target = new VolumeCluster();
  target.plant(claims, {
    metadata: { name: temporaryClaim, namespace: landfallNamespace, ...ours },
    spec: { volumeName: 'pv-1' },
  });
  target.plant(volumes, {
    metadata: { name: 'pv-1', annotations },
    spec: {
      persistentVolumeReclaimPolicy: policy,
      claimRef: {
        namespace: landfallNamespace,
        name: temporaryClaim,
        uid: target.find(claims, temporaryClaim, landfallNamespace)?.metadata.uid,
      },
    },
  });
  const context = { cluster: target.cluster, runId, timeoutMs: 1, landfallNamespace, temporaryClaim, application };
  const applicationClaim = JSON.stringify({ kind: 'PersistentVolumeClaim', metadata: {}, spec: {} });
  return { target, context, applicationClaim };
}

const policyOf = (cluster: VolumeCluster, name: string): string | undefined =>
  cluster.find(volumes, name)?.spec.persistentVolumeReclaimPolicy;

describe('the reclaim policy of a volume on the target after a move', () => {
  it.each<[string, string | undefined, string]>([
    ['Delete', undefined, 'Delete'],
    ['Retain', undefined, 'Retain'],
    ['Delete', 'Retain', 'Retain'],
    ['Retain', 'Delete', 'Delete'],
  ])('class %s, asked for %s: %s', async (ofClass, asked, expected) => {
    const { target, context, applicationClaim } = filled(ofClass);
    const policy = asked === undefined ? {} : { reclaimPolicy: asked };
    await bindVolume({ ...context, applicationClaim, ...policy });
    // A repeat, as after a lost answer, changes nothing more.
    await bindVolume({ ...context, applicationClaim, ...policy });
    await releaseVolume(context);
    expect(policyOf(target, 'pv-1')).toBe(expected);
    expect(target.find(volumes, 'pv-1')?.metadata).toMatchObject({ labels: {}, annotations: provisioned });
    expect(target.find(claims, 'data', 'shop')?.status).toEqual({ phase: 'Bound' });
    expect(target.deleted).toEqual([]);
  });
});

describe('after an undo', () => {
  it.each([undefined, 'Retain'])('a volume that the run made is gone, also where %s was asked for', async (asked) => {
    const { target, context, applicationClaim } = filled('Delete');
    await bindVolume({ ...context, applicationClaim, ...(asked === undefined ? {} : { reclaimPolicy: asked }) });
    await unbindVolume(context);
    expect(target.deleted).toEqual(['pv-1']);
    expect([...target.all(claims), ...target.all(volumes)]).toEqual([]);
  });

  it('a volume that never came to the application is gone as well', async () => {
    const { target, context } = filled('Retain');
    await unbindVolume(context);
    expect(target.deleted).toEqual(['pv-1']);
    expect([...target.all(claims), ...target.all(volumes)]).toEqual([]);
  });

  it('a volume that was there before the run stays with what is on it, and without marks of the run', async () => {
    const { target, context, applicationClaim } = filled('Retain', {});
    await bindVolume({ ...context, applicationClaim });
    await unbindVolume(context);
    expect(target.deleted).toEqual([]);
    expect(policyOf(target, 'pv-1')).toBe('Retain');
    expect(target.find(volumes, 'pv-1')?.metadata).toMatchObject({ labels: {}, annotations: {} });
  });
});

describe('the volume of the source that is copied directly', () => {
  function source(policy: string) {
    const cluster = new VolumeCluster();
    cluster.plant(claims, { metadata: application, spec: { volumeName: 'pv-0', accessModes: ['ReadWriteOnce'] } });
    cluster.plant(volumes, {
      metadata: { name: 'pv-0', annotations: provisioned },
      spec: { persistentVolumeReclaimPolicy: policy, claimRef: { ...application }, csi: { volumeHandle: 'h' } },
    });
    const context = { cluster: cluster.cluster, runId, timeoutMs: 1, landfallNamespace };
    return { cluster, context };
  }
  const names = { volumeName: 'lf-copy', temporaryClaim };

  it.each(['Retain', 'Delete'])('keeps %s, and its second PersistentVolume never deletes it', async (policy) => {
    const { cluster, context } = source(policy);
    const before = JSON.stringify(cluster.find(volumes, 'pv-0'));
    await exposeDirectly({ ...context, ...names, namespace: 'shop', claim: 'data' });
    expect(policyOf(cluster, 'lf-copy')).toBe('Retain');
    await removeDirectCopy({ ...context, ...names });
    expect(JSON.stringify(cluster.find(volumes, 'pv-0'))).toBe(before);
    expect(cluster.all(volumes)).toHaveLength(1);
    expect(cluster.deleted).toEqual([]);
  });

  it('keeps it also when a cleanup knows nothing but the label of the run', async () => {
    const { cluster, context } = source('Delete');
    const before = JSON.stringify(cluster.find(volumes, 'pv-0'));
    cluster.plant(jobs, { metadata: { name: 'upload', namespace: landfallNamespace, ...ours }, spec: {} });
    await exposeDirectly({ ...context, ...names, namespace: 'shop', claim: 'data' });
    cluster.writes.length = 0;
    expect(await cleanUp({ ...context, namespaces: ['shop'] })).toEqual([]);
    // What uses the claim goes before it, and the claim before its volume, which would be held by it.
    expect(cluster.writes).toEqual([
      'delete Job landfall-system/upload',
      'delete PersistentVolumeClaim landfall-system/lf-data',
      'delete PersistentVolume lf-copy',
    ]);
    expect(JSON.stringify(cluster.find(volumes, 'pv-0'))).toBe(before);
    expect(cluster.deleted).toEqual([]);
  });
});
