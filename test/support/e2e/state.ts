import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '../../../lab/api-client.ts';
import { clusterNames, type ClusterName, type Lab } from '../../../lab/index.ts';

/**
 * What is on both clusters and in their storage, seen without Landfall's own code: the oracle of "as before". Every
 * object of every listable kind, without what servers and controllers keep books of by themselves.
 */
export interface State {
  readonly objects: ReadonlyMap<string, unknown>;
  /** Volumes and snapshots as the drivers hold them on disk: `source volumes/pvc-…`. */
  readonly storage: readonly string[];
}

export interface StateOptions {
  /** Objects that belong to tests running at the same time: prefixes of namespaces and names. */
  readonly ignore?: readonly string[];
}

interface Kind {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

interface Listed {
  readonly metadata: Record<string, unknown> & { readonly name: string; readonly namespace?: string };
  readonly spec?: {
    readonly claimRef?: { readonly namespace: string };
    readonly volumeSnapshotRef?: { readonly namespace: string };
    readonly parentRef?: { readonly namespace?: string };
  };
  readonly status?: unknown;
}

/** Journals and heartbeats: they change while nothing happens. */
const journals = new Set(['Event', 'Lease', 'ComponentStatus']);
/** Kept by the server for itself; a replace that restores an object cannot restore them. */
const bookkeeping = ['resourceVersion', 'managedFields', 'generation'];
/** Notes of controllers on when they last looked. */
const noted = ['endpoints.kubernetes.io/last-change-trigger-time'];

/** Reads the state of both clusters. */
export async function readState(lab: Lab, options: StateOptions = {}): Promise<State> {
  const objects = new Map<string, unknown>();
  await Promise.all(
    clusterNames.map(async (side) => {
      for (const [key, value] of await readCluster(lab, side, options.ignore ?? [])) objects.set(key, value);
    })
  );
  return { objects, storage: clusterNames.flatMap((side) => readStorage(lab, side)).sort() };
}

/** What differs between two states, a line each; empty means that nothing does. Storage only where asked for. */
export function differences(before: State, after: State, storage = true): string[] {
  const found: string[] = [];
  for (const [key, value] of before.objects) {
    if (!after.objects.has(key)) found.push(`gone: ${key}`);
    else if (JSON.stringify(value) !== JSON.stringify(after.objects.get(key)))
      found.push(`changed: ${key}: ${firstDifference(value, after.objects.get(key))}`);
  }
  for (const key of after.objects.keys()) if (!before.objects.has(key)) found.push(`new: ${key}`);
  if (!storage) return found;
  for (const entry of before.storage) if (!after.storage.includes(entry)) found.push(`gone: ${entry}`);
  for (const entry of after.storage) if (!before.storage.includes(entry)) found.push(`new: ${entry}`);
  return found;
}

/** Objects in which a run has left its name or its marks. Managed fields, which say who wrote, do not count. */
export function traces(state: State, runId: string): string[] {
  return [...state.objects].flatMap(([key, value]) => {
    // The mark by which people exclude an object is none of a run.
    const text = JSON.stringify(value).replaceAll('"landfall.dev/exclude"', '""');
    return text.includes('"landfall.dev/') || text.includes('"run.landfall.dev/') || text.includes(runId) ? [key] : [];
  });
}

async function readCluster(lab: Lab, side: ClusterName, ignore: readonly string[]): Promise<Map<string, unknown>> {
  const client = new ApiClient(lab.clusters[side].kubeconfig);
  try {
    const versions = ['/api/v1', ...(await groupPaths(client))];
    const found = new Map<string, unknown>();
    await Promise.all(
      versions.map(async (path) => {
        const { resources = [] } = (await client.get<{ resources?: Kind[] }>(path)) ?? {};
        for (const { name, kind, verbs } of resources) {
          if (name.includes('/') || !verbs.includes('list') || journals.has(kind)) continue;
          const { items } = (await client.get<{ items: Listed[] }>(`${path}/${name}`)) ?? { items: [] };
          for (const item of items) {
            if (isIgnored(item, ignore)) continue;
            const { namespace = '', name: called } = item.metadata;
            found.set(`${side} ${kind}.${path} ${namespace}/${called}`, essence(kind, item));
          }
        }
      })
    );
    return found;
  } finally {
    await client.close();
  }
}

async function groupPaths(client: ApiClient): Promise<string[]> {
  const { groups } = (await client.get<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis')) ?? {
    groups: [],
  };
  return groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`);
}

function isIgnored({ metadata, spec }: Listed, ignore: readonly string[]): boolean {
  const names = [
    metadata.name,
    metadata.namespace ?? '',
    spec?.claimRef?.namespace ?? '',
    spec?.volumeSnapshotRef?.namespace ?? '',
    // Of an IPAddress: the Service it belongs to.
    spec?.parentRef?.namespace ?? '',
  ];
  return ignore.some((prefix) => names.some((name) => name.startsWith(prefix)));
}

function essence(kind: string, { metadata, ...rest }: Listed): unknown {
  const kept = Object.fromEntries(Object.entries(metadata).filter(([field]) => !bookkeeping.includes(field)));
  const annotations = Object.entries((metadata['annotations'] ?? {}) as Record<string, string>);
  kept['annotations'] = Object.fromEntries(annotations.filter(([key]) => !noted.includes(key)));
  const status = kind === 'Node' ? undefined : withoutTimes(rest.status);
  return sorted({ metadata: kept, ...rest, status });
}

/** Controllers write maps in no order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}

/** Conditions carry when they were last looked at. */
function withoutTimes(status: unknown): unknown {
  return JSON.parse(
    JSON.stringify(status ?? null, (field, value: unknown) =>
      ['lastProbeTime', 'lastHeartbeatTime', 'lastUpdateTime', 'observedGeneration'].includes(field) ? undefined : value
    )
  ) as unknown;
}

function firstDifference(left: unknown, right: unknown, path = ''): string {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return `${path} was ${JSON.stringify(left)}, is ${JSON.stringify(right)}`;
  const [one, other] = [left as Record<string, unknown>, right as Record<string, unknown>];
  for (const field of new Set([...Object.keys(one), ...Object.keys(other)])) {
    if (JSON.stringify(one[field]) !== JSON.stringify(other[field]))
      return firstDifference(one[field], other[field], `${path}/${field}`);
  }
  return path;
}

function readStorage(lab: Lab, side: ClusterName): string[] {
  const root = lab.clusters[side].volumeRoot ?? '';
  return ['volumes', 'snapshots']
    .filter((kind) => existsSync(join(root, kind)))
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => `${side} ${kind}/${name}`));
}

/** The tree of files of a claim as it lies on disk, by path: type, mode, owner, time and content. */
export async function readTree(
  lab: Lab,
  side: ClusterName,
  namespace: string,
  claim: string
): Promise<Readonly<Record<string, string>>> {
  const client = new ApiClient(lab.clusters[side].kubeconfig);
  try {
    const found = await client.get<{ spec: { volumeName: string } }>(
      `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`
    );
    const volume = await client.get<{ spec: { csi: { volumeHandle: string } } }>(
      `/api/v1/persistentvolumes/${found?.spec.volumeName ?? ''}`
    );
    const root = lab.clusters[side].volumeRoot ?? '';
    return treeOf(join(root, 'volumes', volume?.spec.csi.volumeHandle ?? '', 'data'));
  } finally {
    await client.close();
  }
}

function treeOf(root: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })].sort()) {
    const path = join(root, name);
    const { mode, uid, gid, size, mtimeNs, nlink } = lstatSync(path, { bigint: true });
    const stat = lstatSync(path);
    const content = stat.isFile()
      ? `${size} ${createHash('sha256').update(readFileSync(path)).digest('hex')} links ${nlink}`
      : stat.isSymbolicLink()
        ? readlinkSync(path)
        : '';
    // The root directory belongs to the driver and the kubelet (fsGroup); its time is that of its last entry.
    tree[name] = name === '' ? '' : `${mode.toString(8)} ${uid}:${gid} ${mtimeNs} ${content}`;
  }
  return tree;
}
