import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../../lab/api-client.ts';
import { Authority } from '../../lab/certificates.ts';
import type { ClusterName, Lab } from '../../lab/index.ts';
import { mintKubeconfig } from '../../lab/index.ts';
import { writeKubeconfig } from '../../lab/kubeconfig.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { removeLane } from './fixture.ts';
import { startTemporalServer } from './temporal-server.ts';
import type { Lane } from './lane.ts';

/** Objects a page of a list: the proxies ask for no more, so that the fixture has several pages. */
const pageObjects = 7;

export interface LaneOptions {
  readonly index: number;
  readonly sessionDirectory: string;
}

/** Opens a lane on a light lab. */
export async function openLane(lab: Lab, { index, sessionDirectory }: LaneOptions): Promise<Lane> {
  const name = `torture-${index}`;
  const directory = join(sessionDirectory, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const source = new ApiClient(lab.clusters.source.kubeconfig);
  const target = new ApiClient(lab.clusters.target.kubeconfig);
  const [sourceProxy, targetProxy, store, temporal] = await Promise.all([
    apiProxy(lab, 'source', name),
    apiProxy(lab, 'target', name),
    storeProxy(lab),
    startTemporalServer(lab.temporal.binary, directory),
  ]);
  const kubeconfig = (side: ClusterName, proxy: FaultProxy): Promise<string> =>
    writeKubeconfig({
      context: side,
      server: `https://127.0.0.1:${proxy.port}`,
      authority: new Authority(lab.clusters[side].pki),
      user: { commonName: name },
      file: join(directory, `${side}.kubeconfig`),
    });
  await Promise.all([allow(source, name), allow(target, name)]);
  const lane: Lane = {
    ...{ lab, index, name, directory, source, target, user: name, temporal },
    kubeconfigs: { source: await kubeconfig('source', sourceProxy), target: await kubeconfig('target', targetProxy) },
    proxies: { source: sourceProxy, target: targetProxy, store },
    async close() {
      await lane.idle?.kill();
      await temporal.kill();
      await removeLane(lane);
      await Promise.all([sourceProxy.close(), targetProxy.close(), store.close(), source.close(), target.close()]);
    },
  };
  return lane;
}

async function apiProxy(lab: Lab, side: ClusterName, user: string): Promise<FaultProxy> {
  const { pki, server } = lab.clusters[side];
  const authority = new Authority(pki);
  await mintKubeconfig(lab, side, { user });
  return startFaultProxy({
    upstream: server,
    tls: {
      authorityFile: authority.certificateFile,
      server: await authority.issue('torture-proxy', { commonName: 'proxy', alternativeNames: ['IP:127.0.0.1'] }),
      client: await authority.issue(`user-${user}`, { commonName: user }),
    },
    rewrite: (url) =>
      url.replace(/([?&]limit=)(\d+)/, (_, key: string, n: string) => key + Math.min(Number(n), pageObjects)),
    refusal: (status) => ({ type: 'application/json', text: statusOf(status) }),
  });
}

function storeProxy(lab: Lab): Promise<FaultProxy> {
  return startFaultProxy({
    upstream: lab.s3.endpoint,
    refusal: (_status, code) => ({
      type: 'application/xml',
      text: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}, by the fault proxy</Message></Error>`,
    }),
  });
}

const reasons: Readonly<Record<number, string>> = {
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function statusOf(status: number): string {
  const reason = reasons[status];
  // What a gateway answers is no Status.
  if (reason === undefined) return '<html><body>Bad Gateway</body></html>';
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `${reason}, by the fault proxy`,
  };
  return JSON.stringify({ ...body, reason, code: status });
}

/** The lane's user may do everything, but is not exempt from priority and fairness as `system:masters` is. */
async function allow(client: ApiClient, user: string): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const binding = {
    ...{ apiVersion: `${group}/v1`, kind: 'ClusterRoleBinding', metadata: { name: `lab:${user}` } },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: group, kind: 'User', name: user }],
  };
  await client.apply(
    `/apis/${group}/v1/clusterrolebindings/${encodeURIComponent(`lab:${user}`)}`,
    JSON.stringify(binding)
  );
}
