import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '../../lab/images/build.ts';
import { importImage, up, type ClusterName, type Lab } from '../../lab/index.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import type { S3LocationSpec } from '../../src/core/spec/spec.ts';
import { createCluster } from '../../src/kube/index.ts';
import { createKopiaMover, type KopiaMoverOptions } from '../../src/movers/kopia/mover.ts';
import { parseObject, type VolumeContext } from '../../src/movers/snapshot/objects.ts';
import { claims, pods } from '../../src/movers/snapshot/resources.ts';
import type { StoredClaim, StoredPod, StoredVolume } from '../../src/movers/snapshot/kinds.ts';
import { volumes } from '../../src/movers/snapshot/resources.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { noFailpoints } from '../../src/ports/failpoints.ts';
import type { VolumeMover } from '../../src/ports/volume-mover.ts';

export const namespaceKind: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  ...{ verbs: [], subresources: [] },
};

const write = { fieldManager: 'mover-test' };
const busyboxImage = 'landfall-lab/busybox:1';

/** Two real clusters with the images, and namespaces of one test file. */
export interface MoverLab {
  readonly lab: Lab;
  readonly source: Cluster;
  readonly target: Cluster;
  readonly image: string;
  readonly landfallNamespace: string;
  readonly application: string;
  readonly location: S3LocationSpec;
  mover(runId: string, more?: Partial<KopiaMoverOptions>): VolumeMover;
  context(side: ClusterName, runId: string): VolumeContext;
  close(): Promise<void>;
}

/** Brings a whole lab up, or finds it up; other files use it too, so names carry the process. */
export async function useMoverLab(name = 'mover'): Promise<MoverLab> {
  const lab = await up({ name });
  const busybox = await buildImage('busybox');
  const moverImage = await buildImage('mover');
  for (const side of ['source', 'target'] as const) {
    await importImage(lab, side, busybox.tar);
    await importImage(lab, side, moverImage.tar);
  }
  const source = await open(lab, 'source');
  const target = await open(lab, 'target');
  const id = `${process.pid}`;
  const landfallNamespace = `landfall-${id}`;
  const application = `app-${id}`;
  for (const cluster of [source, target]) {
    await makeNamespace(cluster, landfallNamespace, 'baseline');
    await makeNamespace(cluster, application, 'restricted');
  }
  const location = locationOf(lab, id);
  return {
    ...{ lab, source, target, landfallNamespace, application, location, image: moverImage.reference },
    mover: (runId, more = {}) =>
      createKopiaMover({
        ...{ source, target, location, landfallNamespace, runId, failpoints: noFailpoints, pollMs: 300 },
        image: moverImage.reference,
        resolveSecret: (from) => ('env' in from ? Promise.resolve('the repository password') : readSecret(from.file)),
        ...more,
      }),
    context: (side, runId) => ({ cluster: side === 'source' ? source : target, runId, timeoutMs: 90_000 }),
    close: async () => {
      for (const cluster of [source, target]) {
        for (const name of [application, landfallNamespace])
          await cluster.delete({ resource: namespaceKind, namespace: '', name });
        await cluster.close();
      }
    },
  };
}

function open(lab: Lab, side: ClusterName): Promise<Cluster> {
  const { kubeconfig, context } = lab.clusters[side];
  const spec = { name: side, kubeconfig: { path: kubeconfig, context }, platform: 'generic' as const };
  return createCluster(spec, { failpoints: noFailpoints, role: side });
}

async function readSecret(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return await readFile(file, 'utf8');
}

function locationOf(lab: Lab, id: string): S3LocationSpec {
  return {
    ...{ name: 'store', provider: 's3', bucket: lab.s3.bucket, prefix: `mover-${id}/`, region: lab.s3.region },
    ...{ endpoint: lab.s3.endpoint, forcePathStyle: true, encryption: 'none' },
    credentials: { file: lab.s3.credentialsFile, profile: 'default' },
    repositoryPassword: { env: 'PASSWORD' },
  };
}

async function makeNamespace(cluster: Cluster, name: string, level: string): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': level };
  await cluster.create(
    {
      resource: namespaceKind,
      namespace: '',
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
    },
    write
  );
  const accounts: ApiResource = {
    ...namespaceKind,
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    namespaced: true,
  };
  await cluster.waitFor({
    resource: accounts,
    namespace: name,
    name: 'default',
    until: (object) => object !== undefined,
    describe: () => `ServiceAccount ${name}/default is missing`,
    timeoutMs: 30_000,
  });
}

/** Makes a claim and a pod that uses it; gives the directory of the volume on this machine. */
export async function makeApplication(
  { lab, application }: MoverLab,
  cluster: Cluster,
  claim: string,
  namespace = application
): Promise<string> {
  const side = cluster.name as ClusterName;
  const storageClassName = lab.clusters[side].storageClass;
  const spec = { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const body = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: claim }, spec };
  await cluster.create({ resource: claims, namespace, body: JSON.stringify(body) }, write);
  await startPod(cluster, namespace, claim);
  return await directoryOf(lab, cluster, namespace, claim);
}

/** Starts a pod under the restricted level that keeps the claim mounted, and waits until it runs. */
export async function startPod(
  cluster: Cluster,
  namespace: string,
  claim: string,
  labels: Record<string, string> = {}
): Promise<void> {
  const securityContext = {
    ...{ runAsNonRoot: true, runAsUser: 1000, allowPrivilegeEscalation: false },
    ...{ capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
  };
  const container = {
    ...{
      name: 'main',
      image: busyboxImage,
      imagePullPolicy: 'IfNotPresent',
      command: ['sleep', '100000'],
      securityContext,
    },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const spec = {
    ...{ terminationGracePeriodSeconds: 0, containers: [container] },
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  };
  const metadata = { name: `uses-${claim}`, labels: { app: claim, ...labels } };
  await cluster.create(
    { resource: pods, namespace, body: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }) },
    write
  );
  await cluster.waitFor({
    resource: pods,
    namespace,
    name: `uses-${claim}`,
    until: (object) => object !== undefined && parseObject<StoredPod>(object).status?.phase === 'Running',
    describe: () => `Pod ${namespace}/uses-${claim} does not run`,
    timeoutMs: 60_000,
  });
}

/** Deletes the pod of `startPod` and waits for it. */
export async function stopPod(cluster: Cluster, namespace: string, claim: string): Promise<void> {
  await cluster.delete({ resource: pods, namespace, name: `uses-${claim}` }, { gracePeriodSeconds: 0 });
  await cluster.waitFor({
    resource: pods,
    namespace,
    name: `uses-${claim}`,
    until: (object) => object === undefined,
    describe: () => `Pod ${namespace}/uses-${claim} is still there`,
    timeoutMs: 60_000,
  });
}

/** The directory in which the lab's driver keeps the volume of a claim. */
export async function directoryOf(lab: Lab, cluster: Cluster, namespace: string, claim: string): Promise<string> {
  const object = await cluster.get({ resource: claims, namespace, name: claim });
  const volumeName = object === undefined ? '' : (parseObject<StoredClaim>(object).spec.volumeName ?? '');
  const volume = await cluster.get({ resource: volumes, namespace: '', name: volumeName });
  if (volume === undefined) throw new Error(`claim ${namespace}/${claim} has no volume`);
  const { csi } = parseObject<StoredVolume>(volume).spec as { csi?: { volumeHandle: string } };
  return join(lab.clusters[cluster.name as ClusterName].volumeRoot ?? '', 'volumes', csi?.volumeHandle ?? '', 'data');
}

/** What the storage itself holds: volumes and snapshots on disk, whatever Kubernetes knows of them. */
export function storedThings(lab: Lab, side: ClusterName): string[] {
  const root = lab.clusters[side].volumeRoot ?? '';
  return ['volumes', 'snapshots']
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${kind}/${name}`))
    .sort();
}

/** The cluster with its n-th write failing, before or after it took effect: a crash at that point. */
export function crashingAt(
  cluster: Cluster,
  at: number,
  when: 'before' | 'after'
): { cluster: Cluster; writes(): number } {
  let count = 0;
  function guard<Args extends unknown[], Result>(
    action: (...args: Args) => Promise<Result>
  ): (...args: Args) => Promise<Result> {
    return async (...args) => {
      if (count + 1 === at && when === 'before') {
        count += 1;
        throw new Error('crash');
      }
      // A write that was refused, and is then tried again, took no effect and does not count.
      const result = await action(...args);
      count += 1;
      if (count === at) throw new Error('crash');
      return result;
    };
  }
  const { create, patch, delete: remove } = cluster;
  return {
    writes: () => count,
    cluster: { ...cluster, create: guard(create), patch: guard(patch), delete: guard(remove) },
  };
}
