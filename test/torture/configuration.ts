import type { Lane } from './lane.ts';
import type { ShapeName } from './shape.ts';

export interface ConfigurationInput {
  readonly name: string;
  readonly targetNamespace: string;
  readonly shape: ShapeName;
  readonly prefix: string;
  /** Path of the directory Location, in the fixture that has one. */
  readonly disk: string | undefined;
  /** The recovery point of the fixture that restores one. */
  readonly point: string | undefined;
}

/** Most lanes a session may have: every trial knows the kinds of all of them, so that their number changes nothing. */
const lanesMax = 32;

/** The application of a lane, without what others have made of cluster-scoped kinds. */
export function scopeOf(lane: Pick<Lane, 'name'>): object {
  return { namespaces: [lane.name], excludeKinds: kindsOfOthers(lane) };
}

/** The file of a trial: every server behind its fault proxy. */
export function configuration(
  lane: Lane,
  { name, targetNamespace, shape, prefix, disk, point }: ConfigurationInput
): string {
  const { kubeconfigs } = lane;
  const of = (kind: string, called: string, spec: object): object => ({
    ...{ apiVersion: 'landfall.dev/v1alpha1', kind, metadata: { name: called }, spec },
  });
  const namespaceMapping = { [lane.name]: targetNamespace };
  const migration = of('Migration', name, {
    ...{ source: 'source', target: 'target', location: 'store', volumes: { mode: 'none' }, namespaceMapping },
    scope: scopeOf(lane),
    ...(shape === 'existing' ? { existingResourcePolicy: 'update' } : {}),
  });
  const restore = of('Restore', name, { location: 'store', target: 'target', point, namespaceMapping });
  const documents = [
    of('Cluster', 'source', { kubeconfig: { path: kubeconfigs.source } }),
    of('Cluster', 'target', { kubeconfig: { path: kubeconfigs.target } }),
    of(
      'Location',
      'store',
      disk === undefined ? storeOf(lane, prefix) : { provider: 'filesystem', encryption: 'none', path: disk }
    ),
    point === undefined ? migration : restore,
  ];
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

/** The store of a lane behind its proxy, below a prefix of its own. */
export function storeOf({ lab, proxies }: Lane, prefix: string): object {
  return {
    ...{ provider: 's3', encryption: 'none', endpoint: `http://127.0.0.1:${proxies.store.port}` },
    ...{ region: lab.s3.region, bucket: lab.s3.bucket, prefix, credentials: { file: lab.s3.credentialsFile } },
  };
}

function kindsOfOthers({ name }: Pick<Lane, 'name'>): string[] {
  const all = Array.from({ length: lanesMax }, (_, index) => `torture-${index}`);
  return all.filter((other) => other !== name).map((other) => `widgets.${other}.example.org`);
}
