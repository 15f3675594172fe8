import { identify } from '../../../lab/identity.ts';
import { up } from '../../../lab/index.ts';
import { Processes } from '../../../lab/processes.ts';
import { endProcess } from '../../../src/host/end-process.ts';
import { waitFor } from '../../../src/host/wait.ts';
import { labEtcdUrl } from '../../support/light-lab.ts';
import type { Lane } from '../lane.ts';
import type { Side } from './catalogue.ts';

/** Before the next page of a list of the lane is asked for, etcd forgets everything that was before now. */
export function expireNextPage(lane: Lane, side: Side): () => Promise<unknown> {
  const proxy = lane.proxies[side];
  let done = false;
  proxy.onRequest(async ({ url = '' }) => {
    if (done || !/[?&]continue=/.test(url)) return;
    done = true;
    await compact(lane, side);
  });
  return () => Promise.resolve(proxy.onRequest(undefined));
}

/** Two compactions with a write between them: pages are served from a cache of the last state, too. */
async function compact(lane: Lane, side: Side): Promise<void> {
  const { header } = await etcd<{ header: { revision: string } }>(lane, side, '/v3/maintenance/status', {});
  await etcd(lane, side, '/v3/kv/compaction', { revision: header.revision, physical: true }).catch((error: unknown) => {
    // Another lane was faster.
    if (!String(error).includes('compacted')) throw error;
  });
}

/** A priority level of one seat and no queue for the lane's user: real 429. */
export async function rejectByPriority(lane: Lane, side: Side): Promise<() => Promise<unknown>> {
  const { user } = lane;
  const client = lane[side];
  const group = 'flowcontrol.apiserver.k8s.io/v1';
  const level = `/apis/${group}/prioritylevelconfigurations/lab-${user}`;
  const schema = `/apis/${group}/flowschemas/lab-${user}`;
  const limited = {
    nominalConcurrencyShares: 1,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: 'Reject' },
  };
  const of = (kind: string, spec: object) =>
    JSON.stringify({ apiVersion: group, kind, metadata: { name: `lab-${user}` }, spec });
  await client.apply(level, of('PriorityLevelConfiguration', { type: 'Limited', limited }));
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };
  await client.apply(
    schema,
    of('FlowSchema', {
      priorityLevelConfiguration: { name: `lab-${user}` },
      matchingPrecedence: 100,
      rules: [{ subjects: [{ kind: 'User', user: { name: user } }], resourceRules: [everything] }],
    })
  );
  return async () => {
    await client.call('DELETE', schema);
    await client.call('DELETE', level);
  };
}

/** Kills the API server of a lab; `up` starts it again, and what has ended with it. */
export async function stopApiServer({ lab }: Lane, side: Side): Promise<() => Promise<unknown>> {
  const record = new Processes(identify(lab.name)).find(`${side}/kube-apiserver`);
  if (record === undefined) throw new Error(`${side}/kube-apiserver of lab ${lab.name} does not run`);
  await endProcess(record, 0);
  return () => up({ light: true, name: lab.name });
}

/** etcd's alarm for a database that has reached its quota: it takes no writes until it is disarmed. */
export async function fillEtcd(lane: Lane, side: Side): Promise<() => Promise<unknown>> {
  const { header } = await etcd<{ header: { member_id: string } }>(lane, side, '/v3/maintenance/status', {});
  const alarm = { memberID: header.member_id, alarm: 'NOSPACE' };
  await etcd(lane, side, '/v3/maintenance/alarm', { ...alarm, action: 'ACTIVATE' });
  return () => etcd(lane, side, '/v3/maintenance/alarm', { ...alarm, action: 'DEACTIVATE' });
}

/** An aggregated API nobody answers for. */
export async function dropAggregatedApi({ name, ...lane }: Lane, side: Side): Promise<() => Promise<unknown>> {
  const client = lane[side];
  const group = 'apiregistration.k8s.io/v1';
  const path = `/apis/${group}/apiservices/v1.down.example.test`;
  const service = { namespace: 'default', name: 'nobody', port: 443 };
  const spec = {
    group: 'down.example.test',
    version: 'v1',
    insecureSkipTLSVerify: true,
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service,
  };
  await client.apply(
    path,
    JSON.stringify({ apiVersion: group, kind: 'APIService', metadata: { name: 'v1.down.example.test' }, spec })
  );
  await waitFor(
    async () =>
      (await client.get<object>('/apis/down.example.test/v1').catch(() => 'down')) === 'down' ? true : undefined,
    {
      ...{ what: `${name}: the aggregated API to be down`, deadlineMs: 30_000, intervalMs: 200 },
    }
  );
  return () => client.call('DELETE', path);
}

async function etcd<T>(lane: Lane, side: Side, path: string, body: object): Promise<T> {
  const response = await fetch(`${labEtcdUrl(lane.lab, side)}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
