import type { ApiClient } from '../../../lab/api-client.ts';
import type { CliRig } from '../cli-rig.ts';

type Side = 'source' | 'target';

interface NodePlan {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly object[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly ready?: boolean;
  readonly address?: string;
}

const beatEveryMs = 5_000;

/**
 * Nodes of a cluster without kubelets, kept alive by their heartbeat. The API server and its controllers take them for
 * nodes; nothing runs on them.
 */
export async function addNodes(rig: CliRig, side: Side, plans: readonly NodePlan[]): Promise<void> {
  const api = rig[side];
  for (const { name, labels = {}, taints = [] } of plans) {
    const metadata = { name, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', ...labels } };
    const body = { apiVersion: 'v1', kind: 'Node', metadata, spec: { taints } };
    await rig.create(side, '/api/v1/nodes', body);
    rig.onEnd(() => api.call('DELETE', `/api/v1/nodes/${name}`));
  }
  const beat = () => Promise.all(plans.map((plan) => report(api, plan)));
  await beat();
  const timer = setInterval(() => void beat().catch(() => undefined), beatEveryMs);
  rig.onEnd(async () => clearInterval(timer));
}

async function report(api: ApiClient, { name, allocatable, ready = true, address }: NodePlan): Promise<void> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    reason: 'Test',
    message: ready ? 'ready' : 'the disk is gone',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  const addresses = address === undefined ? [] : [{ type: 'InternalIP', address }];
  const status = { allocatable, capacity: allocatable, conditions: [condition], addresses };
  const answer = await api.call('PATCH', `/api/v1/nodes/${name}/status`, {
    type: 'application/strategic-merge-patch+json',
    text: JSON.stringify({ status }),
  });
  if (answer.status >= 300) throw new Error(`node ${name} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
}

/** Says of every pod of a namespace that it runs on a node and is ready, as a kubelet would. */
export async function runPods(rig: CliRig, side: Side, namespace: string, node: string): Promise<number> {
  const api = rig[side];
  const base = `/api/v1/namespaces/${namespace}/pods`;
  interface Pods {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly nodeName?: string };
    }[];
  }
  const { items } = (await api.get<Pods>(base)) ?? { items: [] };
  for (const { metadata, spec } of items) {
    const json = 'application/json';
    if (spec.nodeName === undefined) {
      const target = { apiVersion: 'v1', kind: 'Node', name: node };
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: metadata.name }, target };
      await api.call('POST', `${base}/${metadata.name}/binding`, { type: json, text: JSON.stringify(binding) });
    }
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const conditions = ['Ready', 'ContainersReady', 'Initialized', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: now,
    }));
    await api.call('PATCH', `${base}/${metadata.name}/status`, {
      type: 'application/strategic-merge-patch+json',
      text: JSON.stringify({ status: { phase: 'Running', startTime: now, conditions } }),
    });
  }
  return items.length;
}
