import { allDone } from './all-done.ts';
import { pinnedControlPlane } from './binaries/catalogue.ts';
import { csiDriver, placeCluster, snapshotClass, type ClusterPlace } from './cluster.ts';
import { labContext, type LabBinaries, type LabContext } from './context.ts';
import { startCluster } from './start-cluster.ts';
import { removeLab } from './down.ts';
import { ensureHostLimits } from './host-limits.ts';
import { ensureHostPackages } from './host-packages.ts';
import { clusterNames, identify } from './identity.ts';
import { chooseControlPlanes, type KubernetesChoice } from './kubernetes-versions.ts';
import { writeLab, type Lab, type LabCluster } from './lab-file.ts';
import { withLock } from '../src/host/lock.ts';
import { ensureStoreAddress } from './network.ts';
import { resolveBinaries } from './parts.ts';
import { identifyProcess } from '../src/host/process-identity.ts';
import { silentProgress, type Progress } from './progress.ts';
import { isStale, labLock, register, registrations, type LabMode } from './registry.ts';
import { startAzurite, startGcs, startS3 } from './stores.ts';
import { startTemporal } from './temporal.ts';

export interface UpOptions {
  readonly name?: string;
  /** Only API servers, etcd, stores and Temporal: no root, no network namespaces, no pods. */
  readonly light?: boolean;
  /** Other Kubernetes versions than the pinned one, by side and minor; only for light labs. */
  readonly kubernetes?: KubernetesChoice;
  /** The lab counts as stale, and is removed by the next `up` of any lab, once this process has ended. */
  readonly ownerPid?: number;
  readonly progress?: Progress;
}

const lockDeadlineMs = 45 * 60_000;

/**
 * Brings a lab up and returns what its clients need. Idempotent: parts that run are left alone, dead ones are started again.
 * Fails with the log file of the part that did not come up, leaving the rest running for a look; the next `up` goes on from there.
 */
export async function up(options: UpOptions = {}): Promise<Lab> {
  const identity = identify(options.name ?? 'default');
  const mode: LabMode = options.light === true ? 'light' : 'whole';
  const progress = options.progress ?? silentProgress;
  const controlPlanes = chooseControlPlanes(options.kubernetes ?? {}, mode);
  if (mode === 'whole' && process.getuid?.() !== 0)
    throw new Error('a whole lab needs root for its network namespaces; use --light without');
  const onWait = (): void => progress.note('another up or down of this lab is running, waiting for it');
  return withLock(labLock(identity.id), { deadlineMs: lockDeadlineMs, onWait }, async () => {
    await removeStaleLabs(identity.id, progress);
    await ensureHostPackages(mode, progress);
    ensureHostLimits(progress);
    const binaries = await resolveBinaries(mode, progress, [
      ...new Set([...controlPlanes.source.binaries, ...controlPlanes.target.binaries]),
    ]);
    const kubernetes = { source: controlPlanes.source.version, target: controlPlanes.target.version };
    const owner = options.ownerPid === undefined ? undefined : identifyProcess(options.ownerPid);
    const registration = await register(identity, { mode, kubernetes, ...(owner === undefined ? {} : { owner }) });
    if (registration.mode !== mode) {
      throw new Error(
        `lab "${identity.name}" is up as a ${registration.mode} lab; run "down" first or choose another --name`
      );
    }
    for (const side of clusterNames) {
      const [runs, wanted] = [registration.kubernetes?.[side] ?? pinnedControlPlane.version, kubernetes[side]];
      if (runs !== wanted)
        throw new Error(
          `lab "${identity.name}" is up with Kubernetes ${runs} on the ${side}, not ${wanted}; run "down" first or choose another --name`
        );
    }
    const parts = { binaries, controlPlanes };
    return startAll(labContext(registration, parts, progress), parts);
  });
}

async function startAll(lab: LabContext, { binaries, controlPlanes }: LabBinaries): Promise<Lab> {
  const clusters = { source: placeCluster(lab, 'source'), target: placeCluster(lab, 'target') };
  if (lab.mode === 'whole') await ensureStoreAddress(lab);
  const [s3, azurite, gcs, temporal] = await allDone([
    startS3(lab),
    startAzurite(lab),
    startGcs(lab),
    startTemporal(lab),
    ...clusterNames.map((name) => startCluster(lab, clusters[name])),
  ]);
  const { identity, mode } = lab;
  const described: Lab = {
    name: identity.name,
    id: identity.id,
    mode,
    stateDirectory: identity.stateDirectory,
    clusters: {
      source: describeCluster(clusters.source, { mode, kubernetes: controlPlanes.source.version }),
      target: describeCluster(clusters.target, { mode, kubernetes: controlPlanes.target.version }),
    },
    s3,
    azurite,
    gcs,
    temporal,
    binaries: Object.fromEntries(binaries.map((binary) => [binary.name, binary])),
  };
  writeLab(described);
  return described;
}

function describeCluster(
  cluster: ClusterPlace,
  { mode, kubernetes }: { readonly mode: LabMode; readonly kubernetes: string }
): LabCluster {
  const { name, kubeconfig, server, storageClass } = cluster;
  const pki = cluster.authority.directory;
  const common = { name, kubeconfig, context: name, server, kubernetes, pki, storageClass };
  if (mode === 'light') return common;
  return {
    ...common,
    snapshotClass,
    csiDriver,
    ...(cluster.netns === undefined ? {} : { netns: cluster.netns }),
    nodeName: cluster.nodeName,
    nodeAddress: cluster.address,
    kubeletRoot: cluster.kubeletRoot,
    containerdSocket: cluster.containerdSocket,
    volumeRoot: cluster.volumeRoot,
  };
}

/** Removes labs nobody can want any more, this one's own remains included. */
async function removeStaleLabs(ownId: string, progress: Progress): Promise<void> {
  for (const registration of registrations().filter((one) => isStale(one))) {
    const { checkout, name, id } = registration.identity;
    progress.note(`removing the stale lab "${name}" of ${checkout}`);
    if (id === ownId) await removeLab(registration);
    else await withLock(labLock(id), { deadlineMs: 60_000 }, () => removeLab(registration));
  }
}
