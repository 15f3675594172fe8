import { randomBytes } from 'node:crypto';
import type { ApiResource } from '../../src/core/resource.ts';
import { createCluster, type ClusterOptions } from '../../src/kube/index.ts';
import type { Cluster, Discovery, RetryNotice, WriteResult } from '../../src/ports/cluster.ts';
import { noFailpoints } from '../../src/ports/failpoints.ts';
import type { Lab } from '../../lab/index.ts';
import { labClusterSpec, labUserSpec, useLightLab } from './light-lab.ts';

/** A real cluster of the light lab with an empty namespace of its own. */
export interface KubeRig {
  readonly lab: Lab;
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly retries: RetryNotice[];
  /** The preferred version of a kind, or the version named (`v1`). */
  kind(kind: string, group?: string): ApiResource;
  /** Creates an object given as data, in the rig's namespace unless its kind has none. */
  create(object: ManifestLike): Promise<WriteResult>;
  /** The same cluster as a user without rights. */
  as(user: string, options?: Partial<ClusterOptions>): Promise<Cluster>;
  rediscover(): Promise<Discovery>;
  /** Runs when the rig ends, newest first. */
  onEnd(work: () => Promise<unknown>): void;
  end(): Promise<void>;
}

export interface ManifestLike {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

export const write = { fieldManager: 'landfall-test' };

export async function startKubeRig(name: string, options: Partial<ClusterOptions> = {}): Promise<KubeRig> {
  const lab = await useLightLab();
  const retries: RetryNotice[] = [];
  const onRetry = (notice: RetryNotice): void => void retries.push(notice);
  const cluster = await createCluster(labClusterSpec(lab, 'target'), {
    failpoints: noFailpoints,
    role: 'target',
    onRetry,
    ...options,
  });
  const namespace = `${name}-${randomBytes(3).toString('hex')}`;
  const ends: (() => Promise<unknown>)[] = [];
  let discovery = await cluster.discover();

  function kind(wanted: string, group?: string): ApiResource {
    const found = discovery.resources.find(
      (one) => one.kind === wanted && (group === undefined || one.group === group)
    );
    if (found === undefined) throw new Error(`the lab does not serve ${wanted}`);
    return found;
  }

  const rig: KubeRig = {
    lab,
    cluster,
    namespace,
    retries,
    kind,
    create: (object) => {
      const slash = object.apiVersion.indexOf('/');
      const resource = kind(object.kind, slash < 0 ? '' : object.apiVersion.slice(0, slash));
      return cluster.create(
        { resource, namespace: object.metadata.namespace ?? namespace, body: JSON.stringify(object) },
        write
      );
    },
    as: async (user, more = {}) => {
      const other = await createCluster(await labUserSpec(lab, 'target', { user }), {
        failpoints: noFailpoints,
        role: 'target',
        onRetry,
        ...more,
      });
      ends.push(() => other.close());
      return other;
    },
    rediscover: async () => {
      discovery = await cluster.discover();
      return discovery;
    },
    onEnd: (work) => void ends.push(work),
    end: async () => {
      for (const work of ends.toReversed()) await work();
      await cluster.delete({ resource: kind('Namespace'), namespace: '', name: namespace });
      await cluster.close();
    },
  };
  await rig.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  return rig;
}

/** Creates a CRD whose objects keep every field, and waits until it is served. */
export async function serveWidgets(rig: KubeRig, group: string): Promise<ApiResource> {
  await createWidgetDefinition(rig, group);
  await rig.cluster.waitFor({
    resource: rig.kind('CustomResourceDefinition'),
    namespace: '',
    name: `widgets.${group}`,
    until: (object) => isEstablished(text(object)),
    describe: (object) => (object === undefined ? 'absent' : 'not established'),
    timeoutMs: 20_000,
  });
  return widgets(group);
}

function isEstablished(definition: string): boolean {
  if (definition === '') return false;
  const { status } = JSON.parse(definition) as { status?: { conditions?: { type: string; status: string }[] | null } };
  return status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') === true;
}

export async function createWidgetDefinition(rig: KubeRig, group: string): Promise<void> {
  const definition = `widgets.${group}`;
  await rig.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: definition },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  rig.onEnd(() =>
    rig.cluster.delete({ resource: rig.kind('CustomResourceDefinition'), namespace: '', name: definition })
  );
}

export function widgets(group: string): ApiResource {
  return { group, version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true, verbs: [], subresources: [] };
}

export function text(object: { readonly bytes: Uint8Array } | undefined): string {
  return object === undefined ? '' : Buffer.from(object.bytes).toString('utf8');
}
