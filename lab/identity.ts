import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const clusterNames = ['source', 'target'] as const;
export type ClusterName = (typeof clusterNames)[number];

/** Names everything a lab owns, so that two checkouts, or two labs of one checkout, never share anything. */
export interface Identity {
  /** Eight hex digits of the checkout's absolute path and the lab's name; part of every name on the machine. */
  readonly id: string;
  readonly name: string;
  readonly checkout: string;
  /** Certificates, kubeconfigs, logs, store contents and `lab.json`, inside the checkout. */
  readonly stateDirectory: string;
  /** Kubelet and containerd directories: outside the checkout, since Unix socket paths end at 107 bytes. */
  readonly runtimeDirectory: string;
}

const labName = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** Computes the identity of a lab; fails when the name could not be part of a path. */
export function identify(name: string, checkout = checkoutDirectory()): Identity {
  if (!labName.test(name)) throw new Error(`lab name "${name}" must match ${labName}`);
  const id = createHash('sha256').update(`${checkout}\0${name}`).digest('hex').slice(0, 8);
  return {
    id,
    name,
    checkout,
    stateDirectory: join(checkout, '.lab', name),
    runtimeDirectory: `/var/lib/landfall-lab/${id}`,
  };
}

/** Returns the absolute path of the checkout this file belongs to. */
function checkoutDirectory(): string {
  return realpathSync(dirname(dirname(fileURLToPath(import.meta.url))));
}

/** Addresses and ports of one lab; every value depends on the lab's index alone. */
export interface Addresses {
  readonly ports: {
    readonly s3: number;
    readonly azurite: number;
    readonly temporal: number;
    readonly gcs: number;
    readonly source: ControlPlanePorts;
    readonly target: ControlPlanePorts;
  };
  /** An address of the host that the host and the pods of both clusters reach alike. */
  readonly storeAddress: string;
  readonly source: ClusterAddresses;
  readonly target: ClusterAddresses;
}

export interface ControlPlanePorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
}

export interface ClusterAddresses {
  readonly host: string;
  readonly node: string;
  readonly podSubnet: string;
}

export const indexMax = 250;
const portsPerLab = 20;
/** Below the kernel's ephemeral range, so that no outgoing connection takes a port first. */
const firstPort = 20_000;

/** Lists every loopback port a lab of this index may use. */
export function portsOf(index: number): number[] {
  return Array.from({ length: portsPerLab }, (_, offset) => firstPort + index * portsPerLab + offset);
}

/** Derives the addresses of a lab from its index. */
export function addressesOf(index: number): Addresses {
  const port = (offset: number): number => firstPort + index * portsPerLab + offset;
  return {
    ports: {
      s3: port(0),
      azurite: port(1),
      temporal: port(2),
      gcs: port(3),
      source: { etcd: port(4), etcdPeer: port(5), apiServer: port(6), controllerManager: port(7) },
      target: { etcd: port(8), etcdPeer: port(9), apiServer: port(10), controllerManager: port(11) },
    },
    storeAddress: `10.200.${index}.1`,
    source: { host: `10.201.${index}.1`, node: `10.201.${index}.2`, podSubnet: `10.241.${index}.0/24` },
    target: { host: `10.202.${index}.1`, node: `10.202.${index}.2`, podSubnet: `10.242.${index}.0/24` },
  };
}
