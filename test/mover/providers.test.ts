import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiResource } from '../../src/core/resource.ts';
import type { AzureLocationSpec, GcsLocationSpec, LocationSpec } from '../../src/core/spec/spec.ts';
import { volumeNames } from '../../src/core/volumes/names.ts';
import { removeTemporaryClaim } from '../../src/movers/snapshot/temporary-claim.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { certificateFor, tlsFront } from '../support/tls-front.ts';
import { downloadDirectly, uploadDirectly } from './direct-move.ts';
import { makeApplication, stopPod, useMoverLab, type MoverLab } from './lab.ts';
import { makeOddTree } from './odd-tree.ts';
import { makeContainer } from './stores.ts';

/** A claim through the stores of the other providers: the Job, its Secret, the way of the pod, and kopia, each as it is. */

const services: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  ...{ verbs: [], subresources: [] },
};
const slices: ApiResource = {
  ...{ group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice', plural: 'endpointslices', namespaced: true },
  ...{ verbs: [], subresources: [] },
};

let place: MoverLab;
let folder = '';
const closing: (() => void)[] = [];

beforeAll(async () => {
  place = await useMoverLab();
  folder = mkdtempSync(join(tmpdir(), 'landfall-providers-'));
}, 600_000);

afterAll(async () => {
  closing.forEach((close) => close());
  rmSync(folder, { recursive: true, force: true });
  await place.close();
});

const common = { name: 'store', encryption: 'none', repositoryPassword: { env: 'PASSWORD' } } as const;

function gcsLocation(): Promise<GcsLocationSpec> {
  const { endpoint, bucket } = place.lab.gcs;
  const prefix = `mover-${randomUUID()}/`;
  return Promise.resolve({ ...common, provider: 'gcs', bucket, prefix, endpoint, anonymous: true });
}

/** kopia asks Azure by TLS at `https://ACCOUNT.DOMAIN`: in the clusters that is the name of an endpoint of a Service. */
async function azureLocation(): Promise<AzureLocationSpec> {
  const { endpoint, account, key } = place.lab.azurite;
  const { hostname, origin } = new URL(endpoint);
  const host = `${account}.azurite.${place.landfallNamespace}.svc.cluster.local`;
  const certificate = certificateFor([`DNS:${host}`], folder);
  const front = await tlsFront(origin, certificate, hostname);
  closing.push(front.close);
  for (const cluster of [place.source, place.target])
    await nameEndpoint(cluster, { hostname: account, address: hostname, port: front.port });
  const keyFile = join(folder, 'account-key');
  writeFileSync(keyFile, key, { mode: 0o600 });
  return {
    ...{ ...common, provider: 'azure', account, container: await makeContainer(endpoint), prefix: 'team/' },
    ...{ endpoint: `https://${host}:${front.port}`, caFile: certificate.cert, accountKey: { file: keyFile } },
  };
}

async function nameEndpoint(
  cluster: Cluster,
  { hostname, address, port }: { readonly hostname: string; readonly address: string; readonly port: number }
): Promise<void> {
  const namespace = place.landfallNamespace;
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'azurite' },
    spec: { clusterIP: 'None', ports },
  };
  const slice = {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', ports },
    metadata: { name: 'azurite-1', labels: { 'kubernetes.io/service-name': 'azurite' } },
    endpoints: [{ addresses: [address], hostname, conditions: { ready: true } }],
  };
  for (const [resource, object] of [[services, service] as const, [slices, slice] as const])
    await cluster.create({ resource, namespace, body: JSON.stringify(object) }, { fieldManager: 'mover-test' });
}

test.each<[string, () => Promise<LocationSpec>]>([
  ['azure (Azurite)', azureLocation],
  ['gcs (fake-gcs-server)', gcsLocation],
])(
  'a claim goes through %s whole, and a second time only what has changed',
  async (_name, locationOf) => {
    const { source, application: namespace, landfallNamespace } = place;
    const location = await locationOf();
    const claim = `data-${location.provider}`;
    const directory = await makeApplication(place, source, claim);
    makeOddTree(directory);
    await stopPod(source, namespace, claim);

    const first = { runId: `run-${location.provider}`, claim, location };
    const uploaded = await uploadDirectly(place, first);
    expect(uploaded.transferredBytes).toBeGreaterThan(3_000_000);
    const filled = await downloadDirectly(place, { ...first, accessModes: ['ReadWriteOnce'] }, uploaded);
    expect(filled.different).toEqual([]);
    expect([filled.treeSha256, filled.files]).toEqual([uploaded.treeSha256, uploaded.files - 1]);

    appendFileSync(join(directory, 'zero'), 'one byte more');
    const second = { ...first, runId: `again-${location.provider}` };
    const again = await uploadDirectly(place, second);
    expect(again.transferredBytes).toBeLessThan(200_000);
    expect(again.treeSha256).not.toBe(uploaded.treeSha256);
    const claimName = volumeNames(first.runId, namespace, claim).targetClaim;
    await removeTemporaryClaim({ ...place.context('target', first.runId), landfallNamespace, claimName });
  },
  300_000
);
