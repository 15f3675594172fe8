import { existsSync } from 'node:fs';
import type { ClusterPlace } from './cluster.ts';
import { attempt, run } from '../src/host/command.ts';
import type { LabContext } from './context.ts';

const bridgeFilter = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/** Name of the interface that carries the stores' address; a bridge without ports, since every kernel has bridges. */
function storeInterface(id: string): string {
  return `lf${id}h`;
}

/** Gives the host an address that pods of both clusters reach and that outlives either cluster. Idempotent. */
export async function ensureStoreAddress(lab: LabContext): Promise<void> {
  const device = storeInterface(lab.identity.id);
  if (!hasInterface(device)) await run('ip', ['link', 'add', device, 'type', 'bridge']);
  await run('ip', ['address', 'replace', `${lab.addresses.storeAddress}/32`, 'dev', device]);
  await run('ip', ['link', 'set', device, 'up']);
}

/**
 * Makes the network namespace of a cluster: one interface towards the host, the pod subnet routed to it. Idempotent.
 * Forwarding is switched on for the lab's own interfaces only; the host's setting stays as it is.
 */
export async function ensureClusterNetwork(cluster: ClusterPlace): Promise<boolean> {
  const { tag, netns } = cluster;
  if (netns === undefined) throw new Error('a light lab has no networks');
  const outside = vethName(cluster);
  const isNew = !existsSync(netns);
  if (isNew) await run('ip', ['netns', 'add', tag]);
  const within = (...args: string[]): Promise<unknown> => run('nsenter', [`--net=${netns}`, '--', ...args]);
  if (!hasInterface(outside))
    await run('ip', ['link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', tag]);
  await run('ip', ['address', 'replace', `${cluster.hostAddress}/24`, 'dev', outside]);
  await run('ip', ['link', 'set', outside, 'up']);
  await within('ip', 'link', 'set', 'lo', 'up');
  await within('ip', 'address', 'replace', `${cluster.address}/24`, 'dev', 'eth0');
  await within('ip', 'link', 'set', 'eth0', 'up');
  await within('ip', 'route', 'replace', 'default', 'via', cluster.hostAddress);
  // /proc/sys/net belongs to the network namespace of whoever writes to it.
  await within('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  // Without it an answer between two pods of one bridge goes past the rules that would translate it back.
  if (!existsSync(bridgeFilter)) await attempt('modprobe', ['br_netfilter']);
  await within('sh', '-c', `[ ! -e ${bridgeFilter} ] || echo 1 > ${bridgeFilter}`);
  await run('ip', ['route', 'replace', cluster.podSubnet, 'via', cluster.address]);
  await run('sh', ['-c', `echo 1 > /proc/sys/net/ipv4/conf/${outside}/forwarding`]);
  return isNew;
}

/** Removes interfaces and namespaces by name; what is already gone is no error. */
export async function removeNetworks(id: string): Promise<void> {
  await attempt('ip', ['link', 'delete', storeInterface(id)]);
  for (const tag of [`lf${id}s`, `lf${id}t`]) {
    await attempt('ip', ['link', 'delete', `${tag}0`]);
    if (existsSync(`/run/netns/${tag}`)) await run('ip', ['netns', 'delete', tag]);
  }
}

function vethName(cluster: ClusterPlace): string {
  return `${cluster.tag}0`;
}

function hasInterface(name: string): boolean {
  return existsSync(`/sys/class/net/${name}`);
}
