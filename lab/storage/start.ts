import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../api-client.ts';
import { csiDriver, inside, type ClusterPlace } from '../cluster.ts';
import { outcome, type LabContext } from '../context.ts';
import type { ProcessSpec } from '../processes.ts';
import { applyDriverObject, applySnapshotClass } from './classes.ts';
import { applySnapshotApi, snapshotDefinitions } from './snapshot-api.ts';

/** The driver copies folders: a volume of a few hundred MB may take longer than the sidecars' default of 10 s. */
const operationTimeout = '--timeout=120s';

const sidecars = ['csi-provisioner', 'csi-snapshotter'];

interface NodeDrivers {
  readonly spec: { readonly drivers?: readonly { readonly name: string }[] | null };
}

/** Starts the CSI driver, waits until the kubelet knows it, and starts the controllers that turn claims and snapshots into calls. */
export async function startStorage(lab: LabContext, cluster: ClusterPlace, client: ApiClient): Promise<void> {
  const socket = join(cluster.kubeletRoot, 'plugins', csiDriver, 'csi.sock');
  await lab.progress.part(`${cluster.name}/snapshot-controller`, 2, async () => {
    await applySnapshotApi(client, await snapshotDefinitions({ onProgress: (message) => lab.progress.note(message) }));
    await Promise.all([applySnapshotClass(client), applyDriverObject(client)]);
    return outcome(await startSidecar(lab, cluster, { name: 'snapshot-controller', args: [] }));
  });
  await lab.progress.part(`${cluster.name}/csi-driver`, 3, async () => {
    const started = await startDriver(lab, cluster, { socket, client });
    // They end soon after they lose the driver they were talking to: a new one gets new ones.
    if (started) await Promise.all(sidecars.map((name) => lab.processes.stop(`${cluster.name}/${name}`)));
    return outcome(started);
  });
  await lab.progress.part(`${cluster.name}/csi-provisioner`, 1, async () => {
    const args = [
      `--csi-address=${socket}`,
      operationTimeout,
      '--feature-gates=Topology=true',
      '--strict-topology=false',
      '--extra-create-metadata',
    ];
    return outcome(await startSidecar(lab, cluster, { name: 'csi-provisioner', args }));
  });
  await lab.progress.part(`${cluster.name}/csi-snapshotter`, 1, async () => {
    const args = [`--csi-address=${socket}`, operationTimeout, '--extra-create-metadata'];
    return outcome(await startSidecar(lab, cluster, { name: 'csi-snapshotter', args }));
  });
}

async function startDriver(
  lab: LabContext,
  cluster: ClusterPlace,
  { socket, client }: { socket: string; client: ApiClient }
): Promise<boolean> {
  const main = join(import.meta.dirname, '..', 'csi-driver', 'main.ts');
  const registration = join(cluster.kubeletRoot, 'plugins_registry', `${csiDriver}-reg.sock`);
  for (const directory of [join(socket, '..'), join(registration, '..'), cluster.volumeRoot])
    mkdirSync(directory, { recursive: true });
  const { record, started } = await lab.processes.ensure({
    part: `${cluster.name}/csi-driver`,
    command: process.execPath,
    args: [
      main,
      `--endpoint=unix://${socket}`,
      `--node-id=${cluster.nodeName}`,
      `--root=${cluster.volumeRoot}`,
      `--registration-socket=${registration}`,
    ],
    ...inside(cluster),
  });
  await lab.processes.waitReady(record, () => existsSync(socket) || undefined);
  await lab.processes.waitReady(record, async () => {
    const node = await client.get<NodeDrivers>(`/apis/storage.k8s.io/v1/csinodes/${cluster.nodeName}`);
    return node?.spec.drivers?.some((driver) => driver.name === csiDriver) === true ? true : undefined;
  });
  return started;
}

/** Sidecars run beside the cluster rather than in it; each waits for its own API server and driver. */
async function startSidecar(
  lab: LabContext,
  cluster: ClusterPlace,
  sidecar: { name: string; args: readonly string[] }
): Promise<boolean> {
  const spec: ProcessSpec = {
    part: `${cluster.name}/${sidecar.name}`,
    command: lab.binary(sidecar.name),
    args: [`--kubeconfig=${cluster.kubeconfig}`, '--kube-api-qps=50', '--kube-api-burst=100', ...sidecar.args],
    ...inside(cluster),
  };
  const { started } = await lab.processes.ensure(spec);
  return started;
}
