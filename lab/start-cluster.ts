import { allDone } from './all-done.ts';
import { ApiClient } from './api-client.ts';
import type { ClusterPlace } from './cluster.ts';
import type { LabContext } from './context.ts';
import { startControlPlane } from './control-plane.ts';
import { startDns } from './dns/start.ts';
import { ensureClusterNetwork } from './network.ts';
import { startContainerd } from './node/containerd.ts';
import { startKubeProxy } from './node/kube-proxy.ts';
import { startKubelet } from './node/kubelet.ts';
import { applyStorageClass } from './storage/classes.ts';
import { startStorage } from './storage/start.ts';

/** Brings up one cluster: its control plane, and in a whole lab its network, node, name server and storage. Idempotent. */
export async function startCluster(lab: LabContext, cluster: ClusterPlace): Promise<void> {
  const isWhole = lab.mode === 'whole';
  if (isWhole) {
    const part = `${cluster.name}/network`;
    await lab.progress.part(part, 1, async () => ((await ensureClusterNetwork(cluster)) ? 'ready' : 'already up'));
  }
  await allDone([startControlPlane(lab, cluster), ...(isWhole ? [startContainerd(lab, cluster)] : [])]);
  const client = new ApiClient(cluster.kubeconfig);
  try {
    await applyStorageClass(client, cluster);
    if (!isWhole) return;
    await allDone([
      startKubeProxy(lab, cluster),
      startDns(lab, cluster, client),
      startKubelet(lab, cluster, client).then(() => startStorage(lab, cluster, client)),
    ]);
  } finally {
    await client.close();
  }
}
