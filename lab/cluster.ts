import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from './certificates.ts';
import type { LabContext } from './context.ts';
import type { ClusterName, ControlPlanePorts } from './identity.ts';

/** Where one cluster of a lab lives: addresses, ports, directories. */
export interface ClusterPlace {
  readonly name: ClusterName;
  /** Prefix of everything the cluster owns on the machine: interfaces, namespaces, cgroups. */
  readonly tag: string;
  readonly directory: string;
  readonly authority: Authority;
  /** Address the API server and the node have; loopback in a light lab. */
  readonly address: string;
  readonly hostAddress: string;
  readonly podSubnet: string;
  readonly ports: ControlPlanePorts;
  readonly server: string;
  readonly kubeconfig: string;
  readonly nodeName: string;
  readonly storageClass: string;
  /** Path of the network namespace; absent in a light lab, whose processes stay on the host. */
  readonly netns?: string;
  /** Short paths outside the checkout, for sockets and mounts. */
  readonly runtimeDirectory: string;
  readonly kubeletRoot: string;
  readonly containerdSocket: string;
  readonly volumeRoot: string;
}

export const serviceSubnet = '10.96.0.0/16';
export const kubernetesServiceAddress = '10.96.0.1';
export const dnsServiceAddress = '10.96.0.10';
export const clusterDomain = 'cluster.local';
export const snapshotClass = 'lab-snapshots';
export const csiDriver = 'csi.lab.landfall.dev';

/** Inside its own namespace every cluster has the ports everyone expects. */
const standardPorts: ControlPlanePorts = { etcd: 2379, etcdPeer: 2380, apiServer: 6443, controllerManager: 10_257 };
/** Names differ on purpose: moving an application between them takes a storage-class mapping. */
const storageClasses: Readonly<Record<ClusterName, string>> = { source: 'lab-fast', target: 'lab-standard' };

export function placeCluster(
  lab: Pick<LabContext, 'identity' | 'mode' | 'addresses'>,
  name: ClusterName
): ClusterPlace {
  const { identity, addresses } = lab;
  const whole = lab.mode === 'whole';
  const tag = `lf${identity.id}${name.charAt(0)}`;
  const address = whole ? addresses[name].node : '127.0.0.1';
  const ports = whole ? standardPorts : addresses.ports[name];
  const directory = join(identity.stateDirectory, name);
  const runtimeDirectory = join(identity.runtimeDirectory, name);
  return {
    name,
    tag,
    directory,
    authority: new Authority(join(directory, 'pki')),
    address,
    hostAddress: addresses[name].host,
    podSubnet: addresses[name].podSubnet,
    ports,
    server: `https://${address}:${ports.apiServer}`,
    kubeconfig: join(directory, 'kubeconfig'),
    nodeName: `${name}-node`,
    storageClass: storageClasses[name],
    ...(whole ? { netns: `/run/netns/${tag}` } : {}),
    runtimeDirectory,
    kubeletRoot: join(runtimeDirectory, 'kubelet'),
    containerdSocket: join(runtimeDirectory, 'containerd.sock'),
    volumeRoot: join(runtimeDirectory, 'volumes'),
  };
}

/** The part of a process specification that puts it into the cluster's network. */
export function inside(cluster: ClusterPlace): { netns?: string } {
  if (cluster.netns === undefined) return {};
  if (!existsSync(cluster.netns))
    throw new Error(`the network namespace ${cluster.netns} is gone; run "down", then "up"`);
  return { netns: cluster.netns };
}
