import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import type { ApiClient } from '../api-client.ts';
import { clusterDomain, dnsServiceAddress, inside, type ClusterPlace } from '../cluster.ts';
import { outcome, type LabContext } from '../context.ts';
import { componentKubeconfig } from '../control-plane.ts';

const ports = [
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
];

/** Starts the cluster's name server and publishes it as the Service every pod asks. */
export async function startDns(lab: LabContext, cluster: ClusterPlace, client: ApiClient): Promise<void> {
  await lab.progress.part(`${cluster.name}/dns`, 1, async () => {
    const kubeconfig = await componentKubeconfig(cluster, { user: 'lab-dns', groups: ['system:masters'] });
    const { record, started } = await lab.processes.ensure({
      part: `${cluster.name}/dns`,
      command: process.execPath,
      args: [
        join(import.meta.dirname, 'main.ts'),
        `--kubeconfig=${kubeconfig}`,
        `--address=${cluster.address}`,
        `--domain=${clusterDomain}`,
      ],
      ...inside(cluster),
    });
    await publish(client, cluster);
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([cluster.address]);
    await lab.processes.waitReady(record, () => resolver.resolve4(`kubernetes.default.svc.${clusterDomain}`));
    return outcome(started);
  });
}

/** A Service without a selector, and its only endpoint: the node itself. */
async function publish(client: ApiClient, cluster: ClusterPlace): Promise<void> {
  const labels = { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'lab-dns' };
  await client.apply(
    '/api/v1/namespaces/kube-system/services/kube-dns',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels },
      spec: { clusterIP: dnsServiceAddress, ports: ports.map((port) => ({ ...port, targetPort: port.port })) },
    })
  );
  await client.apply(
    '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns-lab',
    JSON.stringify({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: 'kube-dns-lab',
        namespace: 'kube-system',
        labels: {
          'kubernetes.io/service-name': 'kube-dns',
          'endpointslice.kubernetes.io/managed-by': 'lab.landfall.dev',
        },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [cluster.address], conditions: { ready: true } }],
      ports,
    })
  );
}
