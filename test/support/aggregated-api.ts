import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Authority } from '../../lab/certificates.ts';
import type { ApiClient } from '../../lab/api-client.ts';
import type { ClusterName, Lab } from '../../lab/index.ts';
import { waitFor } from '../../src/host/wait.ts';
import { createCluster } from '../../src/kube/index.ts';
import { noFailpoints } from '../../src/ports/failpoints.ts';
import { labClusterSpec } from './light-lab.ts';

/** An API of a cluster that is served by a process of the test, behind the API server. */
export interface AggregatedApi {
  /** Ends the process behind it, and waits until the API server says that nobody answers. */
  fallSilent(): Promise<void>;
  /** Takes it from the cluster. */
  remove(): Promise<void>;
}

interface Of {
  readonly lab: Lab;
  readonly side: ClusterName;
  readonly client: ApiClient;
  readonly group: string;
}

/** Serves `orders.GROUP` in version v1, with one object in every namespace that is asked for. */
export async function serveAggregatedApi({ lab, side, client, group }: Of): Promise<AggregatedApi> {
  const { pki } = lab.clusters[side];
  const names = ['DNS:localhost', 'IP:127.0.0.1'];
  const files = await new Authority(pki).issue('aggregated-api', { commonName: 'api', alternativeNames: names });
  const [cert, key] = [readFileSync(files.certificateFile), readFileSync(files.keyFile)];
  const server = https.createServer({ cert, key }, ({ url = '' }, response) => {
    const body = answerTo(url, group);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? {}));
  });
  const address = ownAddress();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;

  const name = group.replaceAll('.', '-');
  const service = `/api/v1/namespaces/default/services/${name}`;
  const slice = `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/${name}`;
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  await client.apply(
    service,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ports: [{ ...ports[0], port: 443 }] },
    })
  );
  const labels = { 'kubernetes.io/service-name': name };
  await client.apply(
    slice,
    JSON.stringify({
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name, labels }, ports },
      ...{ addressType: 'IPv4', endpoints: [{ addresses: [address], conditions: { ready: true } }] },
    })
  );
  const registration = `/apis/apiregistration.k8s.io/v1/apiservices/v1.${group}`;
  const register = (labels: object): Promise<void> =>
    client.apply(
      registration,
      JSON.stringify({
        ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: `v1.${group}`, labels } },
        spec: {
          ...{ group, version: 'v1', insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100 },
          service: { namespace: 'default', name, port: 443 },
        },
      })
    );
  await register({});
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const cluster = await createCluster(labClusterSpec(lab, side), { failpoints: noFailpoints, role: side });
  const says = (wanted: 'serves' | 'silent') =>
    waitFor(
      async () => {
        const { resources, failures } = await cluster.discover();
        const silent = failures.some(({ groupVersion }) => groupVersion === `${group}/v1`);
        const serves = resources.some((one) => one.group === group);
        return (wanted === 'silent' ? silent : serves) ? true : undefined;
      },
      { what: `discovery to say of ${group}: ${wanted}`, deadlineMs: 90_000, intervalMs: 200 }
    );
  await says('serves');
  return {
    async fallSilent() {
      await end();
      // A change of the registration makes the API server look at once instead of within a minute.
      await register({ looked: 'again' });
      await says('silent');
    },
    async remove() {
      await end();
      await cluster.close();
      await client.call('DELETE', registration);
      await client.call('DELETE', slice);
      await client.call('DELETE', service);
    },
  };
}

/** An endpoint may not be a loopback address. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const own = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (own === undefined) throw new Error('this machine has no IPv4 address but that of its loopback interface');
  return own.address;
}

function answerTo(url: string, group: string): object | undefined {
  const path = url.split('?')[0] ?? '';
  const groupVersion = `${group}/v1`;
  if (path === `/apis/${groupVersion}`) {
    const verbs = ['create', 'delete', 'get', 'list', 'patch'];
    const resource = { name: 'orders', singularName: 'order', namespaced: true, kind: 'Order', verbs };
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [resource] };
  }
  const namespace = /\/namespaces\/([^/]+)\/orders$/.exec(path)?.[1];
  if (namespace === undefined) return undefined;
  const items = [{ metadata: { name: 'first', namespace, uid: 'c0ffee', resourceVersion: '1' } }];
  return { kind: 'OrderList', apiVersion: groupVersion, metadata: { resourceVersion: '1' }, items };
}
