import { join } from 'node:path';
import { allDone } from './all-done.ts';
import { ApiClient } from './api-client.ts';
import { pinnedControlPlane } from './binaries/catalogue.ts';
import type { Certificate } from './certificates.ts';
import { inside, kubernetesServiceAddress, serviceSubnet, type ClusterPlace } from './cluster.ts';
import { outcome, type LabContext } from './context.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { waitFor } from '../src/host/wait.ts';

interface ControlPlaneCertificates {
  readonly server: Certificate;
  readonly kubeletClient: Certificate;
  readonly frontProxy: Certificate;
}

/** Brings up etcd, the API server and the controller manager of a cluster, and the scheduler where there are nodes. */
export async function startControlPlane(lab: LabContext, cluster: ClusterPlace): Promise<void> {
  const certificates = await issueCertificates(cluster);
  const part = (name: string, seconds: number, work: () => Promise<boolean>): Promise<void> =>
    lab.progress.part(`${cluster.name}/${name}`, seconds, async () => outcome(await work()));
  await part('etcd', 1, () => startEtcd(lab, cluster));
  const apiServer = part('kube-apiserver', 6, () => startApiServer(lab, cluster, certificates));
  await Promise.race([apiServer, firstAnswer(cluster)]);
  await allDone([
    apiServer,
    part('kube-controller-manager', 6, async () => {
      // It gives a server that does not feel healthy yet ten seconds and then ends; starting it early saves three of them.
      return startControllerManager(lab, cluster).catch(async () => {
        await apiServer;
        return startControllerManager(lab, cluster);
      });
    }),
  ]);
  if (lab.mode === 'whole') await part('kube-scheduler', 1, () => startScheduler(lab, cluster));
}

/** Waits until the API server answers anything at all; its own part reports why it does not. */
function firstAnswer(cluster: ClusterPlace): Promise<void> {
  return withClient(cluster, async (client) => {
    await waitFor(() => client.call('GET', '/livez'), {
      what: `${cluster.name}/kube-apiserver to answer`,
      deadlineMs: 120_000,
    });
  });
}

async function withClient<T>(cluster: ClusterPlace, work: (client: ApiClient) => Promise<T>): Promise<T> {
  const client = new ApiClient(cluster.kubeconfig);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function issueCertificates(cluster: ClusterPlace): Promise<ControlPlaneCertificates> {
  const { authority } = cluster;
  await authority.ensure();
  const serviceNames = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'localhost',
  ];
  const addresses = [cluster.address, kubernetesServiceAddress, '127.0.0.1'];
  const [server, kubeletClient, frontProxy] = await Promise.all([
    authority.issue('kube-apiserver', {
      commonName: 'kube-apiserver',
      alternativeNames: [
        ...serviceNames.map((name) => `DNS:${name}`),
        ...new Set(addresses.map((address) => `IP:${address}`)),
      ],
    }),
    authority.issue('kube-apiserver-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
    }),
    authority.issue('front-proxy', { commonName: 'front-proxy-client' }),
    componentKubeconfig(cluster, { file: cluster.kubeconfig, user: 'lab-admin', groups: ['system:masters'] }),
    componentKubeconfig(cluster, { user: 'system:kube-controller-manager' }),
    componentKubeconfig(cluster, { user: 'system:kube-scheduler' }),
  ]);
  return { server, kubeletClient, frontProxy };
}

/** Writes the kubeconfig of a component that logs in under its own name, and returns its path. */
export function componentKubeconfig(
  cluster: ClusterPlace,
  who: { user: string; groups?: readonly string[]; file?: string }
): Promise<string> {
  return writeKubeconfig({
    context: cluster.name,
    server: cluster.server,
    authority: cluster.authority,
    user: { commonName: who.user, organizations: who.groups ?? [] },
    file: who.file ?? componentKubeconfigFile(cluster, who.user),
  });
}

function componentKubeconfigFile(cluster: ClusterPlace, user: string): string {
  return join(cluster.directory, `${user.replaceAll(':', '-')}.kubeconfig`);
}

async function startEtcd(lab: LabContext, cluster: ClusterPlace): Promise<boolean> {
  const client = `http://127.0.0.1:${cluster.ports.etcd}`;
  const peer = `http://127.0.0.1:${cluster.ports.etcdPeer}`;
  const { started } = await lab.processes.ensure({
    part: `${cluster.name}/etcd`,
    command: lab.binary('etcd'),
    args: [
      '--name=lab',
      `--data-dir=${join(cluster.directory, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=lab=${peer}`,
      // A lab may lose its data with the machine, and nothing else makes a loaded disk this bearable.
      '--unsafe-no-fsync',
      '--auto-compaction-mode=periodic',
      '--auto-compaction-retention=30m',
      `--quota-backend-bytes=${String(4 * 1024 ** 3)}`,
      '--log-level=warn',
    ],
    ...inside(cluster),
  });
  // The API server waits for etcd by itself, so the two start side by side.
  return started;
}

async function startApiServer(
  lab: LabContext,
  cluster: ClusterPlace,
  certificates: ControlPlaneCertificates
): Promise<boolean> {
  const { authority, ports } = cluster;
  const { server, kubeletClient, frontProxy } = certificates;
  const isPinned = lab.kubernetes(cluster.name) === pinnedControlPlane.version;
  const { record, started } = await lab.processes.ensure({
    part: `${cluster.name}/kube-apiserver`,
    command: lab.controlPlaneBinary(cluster.name, 'kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      `--bind-address=${cluster.address}`,
      `--advertise-address=${cluster.address}`,
      `--secure-port=${ports.apiServer}`,
      `--service-cluster-ip-range=${serviceSubnet}`,
      `--tls-cert-file=${server.certificateFile}`,
      `--tls-private-key-file=${server.keyFile}`,
      `--client-ca-file=${authority.certificateFile}`,
      `--kubelet-client-certificate=${kubeletClient.certificateFile}`,
      `--kubelet-client-key=${kubeletClient.keyFile}`,
      // Logs and exec would otherwise look up the node's name, which no name server knows.
      '--kubelet-preferred-address-types=InternalIP',
      `--service-account-key-file=${authority.serviceAccountPublicFile}`,
      `--service-account-signing-key-file=${authority.serviceAccountKeyFile}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--requestheader-client-ca-file=${authority.certificateFile}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${frontProxy.certificateFile}`,
      `--proxy-client-key-file=${frontProxy.keyFile}`,
      '--enable-aggregator-routing=true',
      '--allow-privileged=true',
      // Newer ones than the pinned one refuse to publish a loopback address, and nobody looks for it in a light lab.
      `--endpoint-reconciler-type=${isPinned ? 'lease' : 'none'}`,
      '--v=0',
    ],
    ...inside(cluster),
  });
  await withClient(cluster, (client) =>
    lab.processes.waitReady(record, async () =>
      (await client.call('GET', '/readyz')).status === 200 ? true : undefined
    )
  );
  return started;
}

async function startControllerManager(lab: LabContext, cluster: ClusterPlace): Promise<boolean> {
  const { authority, ports } = cluster;
  const kubeconfig = componentKubeconfigFile(cluster, 'system:kube-controller-manager');
  const { record, started } = await lab.processes.ensure({
    part: `${cluster.name}/kube-controller-manager`,
    command: lab.controlPlaneBinary(cluster.name, 'kube-controller-manager'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      // Nobody logs in to its metrics, and the look-up would need rights that a young server has not handed out yet.
      '--authentication-skip-lookup=true',
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.controllerManager}`,
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      `--root-ca-file=${authority.certificateFile}`,
      `--service-account-private-key-file=${authority.serviceAccountKeyFile}`,
      `--cluster-signing-cert-file=${authority.certificateFile}`,
      `--cluster-signing-key-file=${authority.keyFile}`,
      '--v=0',
    ],
    ...withApiServer(cluster),
    ...inside(cluster),
  });
  // Pods are refused until the account they run as exists, and this controller makes it.
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  await withClient(cluster, (client) => lab.processes.waitReady(record, () => client.get(path)));
  return started;
}

async function startScheduler(lab: LabContext, cluster: ClusterPlace): Promise<boolean> {
  const kubeconfig = componentKubeconfigFile(cluster, 'system:kube-scheduler');
  const { started } = await lab.processes.ensure({
    part: `${cluster.name}/kube-scheduler`,
    command: lab.binary('kube-scheduler'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      '--v=0',
    ],
    ...withApiServer(cluster),
    ...inside(cluster),
  });
  return started;
}

/**
 * Without the API server these lose their lease and start anew where they elect a leader. Alone they would go on, each of their
 * watches waiting half a minute and longer before it tries again.
 */
function withApiServer(cluster: ClusterPlace): { readonly restartsWith: string } {
  return { restartsWith: `${cluster.name}/kube-apiserver` };
}
