import { join } from 'node:path';
import { request } from 'undici';
import { inside, type ClusterPlace } from '../cluster.ts';
import { outcome, type LabContext } from '../context.ts';
import { componentKubeconfig } from '../control-plane.ts';
import { writeChanged } from '../files.ts';

const healthPort = 10_256;

/** Starts kube-proxy in iptables mode; it touches only the cluster's own network namespace. */
export async function startKubeProxy(lab: LabContext, cluster: ClusterPlace): Promise<void> {
  await lab.progress.part(`${cluster.name}/kube-proxy`, 3, async () => {
    const kubeconfig = await componentKubeconfig(cluster, { user: 'system:kube-proxy' });
    const configuration = {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      clientConnection: { kubeconfig },
      clusterCIDR: cluster.podSubnet,
      hostnameOverride: cluster.nodeName,
      healthzBindAddress: `${cluster.address}:${healthPort}`,
      // These settings belong to the whole machine: zero leaves them alone.
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    };
    const file = writeChanged(
      join(cluster.runtimeDirectory, 'kube-proxy.json'),
      JSON.stringify(configuration, null, 2)
    );
    const { record, started } = await lab.processes.ensure({
      part: `${cluster.name}/kube-proxy`,
      command: lab.binary('kube-proxy'),
      args: [`--config=${file}`, '--v=1'],
      configurationFile: file,
      ...inside(cluster),
    });
    await lab.processes.waitReady(record, async () => {
      const answer = await request(`http://${cluster.address}:${healthPort}/healthz`);
      await answer.body.dump();
      return answer.statusCode === 200 ? true : undefined;
    });
    return outcome(started);
  });
}
