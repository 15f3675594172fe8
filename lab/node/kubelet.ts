import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import type { ApiClient } from '../api-client.ts';
import { ensureCgroup, isCgroupVersion1 } from '../cgroups.ts';
import { clusterDomain, dnsServiceAddress, inside, type ClusterPlace } from '../cluster.ts';
import { outcome, type LabContext } from '../context.ts';
import { componentKubeconfig } from '../control-plane.ts';
import { writeChanged } from '../files.ts';

const healthPort = 10_248;

interface Node {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Starts the cluster's kubelet and waits until its node is Ready. */
export async function startKubelet(lab: LabContext, cluster: ClusterPlace, client: ApiClient): Promise<void> {
  await lab.progress.part(`${cluster.name}/kubelet`, 8, async () => {
    ensureCgroup(cluster.tag);
    const kubeconfig = await componentKubeconfig(cluster, {
      user: `system:node:${cluster.nodeName}`,
      groups: ['system:nodes'],
    });
    const configurationFile = await writeConfiguration(cluster);
    const { record, started } = await lab.processes.ensure({
      part: `${cluster.name}/kubelet`,
      command: lab.binary('kubelet'),
      configurationFile,
      args: [
        `--config=${configurationFile}`,
        `--kubeconfig=${kubeconfig}`,
        `--root-dir=${cluster.kubeletRoot}`,
        `--hostname-override=${cluster.nodeName}`,
        `--node-ip=${cluster.address}`,
        '--v=1',
      ],
      ...inside(cluster),
    });
    await lab.processes.waitReady(
      record,
      async () => {
        // The node stays Ready for most of a minute after its kubelet has died, so that one has to be asked as well.
        const health = await request(`http://${cluster.address}:${healthPort}/healthz`);
        await health.body.dump();
        if (health.statusCode !== 200) return undefined;
        const node = await client.get<Node>(`/api/v1/nodes/${cluster.nodeName}`);
        const ready = node?.status?.conditions?.some(
          (condition) => condition.type === 'Ready' && condition.status === 'True'
        );
        return ready === true ? true : undefined;
      },
      120_000
    );
    return outcome(started);
  });
}

async function writeConfiguration(cluster: ClusterPlace): Promise<string> {
  const { authority, kubeletRoot } = cluster;
  const serving = await authority.issue('kubelet-server', {
    commonName: `system:node:${cluster.nodeName}`,
    alternativeNames: [`IP:${cluster.address}`, `DNS:${cluster.nodeName}`],
  });
  const logs = join(cluster.runtimeDirectory, 'pod-logs');
  for (const directory of [kubeletRoot, logs]) mkdirSync(directory, { recursive: true });
  // Pods that do not ask the cluster's name server ask nobody.
  const resolver = writeChanged(join(cluster.runtimeDirectory, 'resolv.conf'), '');
  const configuration = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: cluster.address,
    healthzBindAddress: cluster.address,
    healthzPort: healthPort,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authority.certificateFile },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: serving.certificateFile,
    tlsPrivateKeyFile: serving.keyFile,
    containerRuntimeEndpoint: `unix://${cluster.containerdSocket}`,
    // Nothing below presumes systemd; the last line is needed where the host still has cgroup version 1.
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cluster.tag}`,
    enforceNodeAllocatable: [],
    ...(isCgroupVersion1() ? { failCgroupV1: false } : {}),
    localStorageCapacityIsolation: false,
    failSwapOn: false,
    podLogsDir: logs,
    volumePluginDir: join(cluster.runtimeDirectory, 'volume-plugins'),
    clusterDNS: [dnsServiceAddress],
    clusterDomain,
    resolvConf: resolver,
    // The disk belongs to whoever runs the lab, not to it: being nearly full is no reason to evict or to delete images.
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    kubeAPIQPS: 50,
    kubeAPIBurst: 100,
  };
  return writeChanged(join(cluster.runtimeDirectory, 'kubelet.json'), JSON.stringify(configuration, null, 2));
}
