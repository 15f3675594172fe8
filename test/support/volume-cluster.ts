import { LandfallError } from '../../src/core/errors.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import * as kinds from '../../src/movers/snapshot/resources.ts';
import type {
  Cluster,
  DeleteOptions,
  ListOptions,
  ListPage,
  ObjectAddress,
  ObjectPatch,
  ObjectToCreate,
  PatchOptions,
  RawObject,
  WaitOptions,
  WriteOptions,
} from '../../src/ports/cluster.ts';

interface Kube {
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: { manager: string }[];
  };
  spec: {
    volumeName?: string;
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { namespace?: string; name?: string; uid?: string };
    [field: string]: unknown;
  };
  status?: { phase?: string };
}

/**
 * A cluster in memory with the parts of the volume controller that reclaim policies are about: it binds a claim to the volume
 * that is reserved for it, and of a volume whose claim is gone it deletes the storage (`Delete`) or keeps it (`Retain`).
 */
export class VolumeCluster {
  /** Every write, in order: `delete Job landfall/x`. */
  readonly writes: string[] = [];
  /** Volumes whose storage a provisioner has deleted. */
  readonly deleted: string[] = [];
  private readonly objects = new Map<string, Kube>();
  private versions = 0;

  plant(resource: ApiResource, object: object): void {
    this.store(resource, structuredClone(object) as Kube);
    this.control();
  }

  find(resource: ApiResource, name: string, namespace = ''): Kube | undefined {
    return this.objects.get(keyOf(resource, namespace, name));
  }

  all(resource: ApiResource): Kube[] {
    return [...this.objects].filter(([key]) => key.startsWith(`${resource.plural} `)).map(([, object]) => object);
  }

  /** The port, as far as a volume's way goes through it. */
  readonly cluster = {
    name: 'east',
    discover: async () => ({ resources: Object.values(kinds), failures: [] }),
    list: (resource: ApiResource, { namespace = '', labelSelector = '' }: ListOptions) =>
      this.page(resource, namespace, labelSelector),
    get: async ({ resource, namespace, name }: ObjectAddress) => raw(this.find(resource, name, namespace)),
    create: async ({ resource, namespace, body }: ObjectToCreate, { fieldManager }: WriteOptions) => {
      const object = JSON.parse(body) as Kube;
      const { name } = object.metadata;
      if (this.find(resource, name, namespace) !== undefined) return { outcome: 'exists', warnings: [] };
      object.metadata.managedFields = [{ manager: fieldManager }];
      this.note('create', resource, namespace, name);
      this.store(resource, object);
      this.control();
      return { outcome: 'created', object: raw(this.find(resource, name, namespace)), warnings: [] };
    },
    patch: async ({ resource, namespace, name, patch }: ObjectPatch, options: PatchOptions) => {
      const object = this.find(resource, name, namespace);
      if (object === undefined) throw new LandfallError('OBJECT_CHANGED', { what: `${name} is gone` });
      const changed = options.contentType.includes('json-patch')
        ? jsonPatch(object, JSON.parse(patch) as Operation[])
        : mergePatch(object, JSON.parse(patch));
      this.note('patch', resource, namespace, name);
      this.store(resource, changed as Kube);
      this.control();
      return { outcome: 'patched', object: raw(this.find(resource, name, namespace)), warnings: [] };
    },
    delete: async ({ resource, namespace, name }: ObjectAddress, { uid }: DeleteOptions) => {
      const object = this.find(resource, name, namespace);
      if (object === undefined || (uid !== undefined && object.metadata.uid !== uid)) return 'absent';
      this.note('delete', resource, namespace, name);
      this.objects.delete(keyOf(resource, namespace, name));
      this.control();
      return 'deleted';
    },
    waitFor: async ({ resource, namespace, name, until, describe }: WaitOptions) => {
      const object = raw(this.find(resource, name, namespace));
      if (until(object)) return object;
      throw new LandfallError('WAIT_TIMED_OUT', { what: describe(object) });
    },
  } as unknown as Cluster;

  private async *page(resource: ApiResource, namespace: string, selector: string): AsyncGenerator<ListPage> {
    const [label = '', value = ''] = selector.split('=');
    const items = this.all(resource)
      .filter(({ metadata }) => namespace === '' || metadata.namespace === namespace)
      .filter(({ metadata }) => selector === '' || metadata.labels?.[label] === value)
      .map((object) => Buffer.from(JSON.stringify(object)));
    yield { items, resourceVersion: String(this.versions), restarted: 0, remaining: undefined };
  }

  private store(resource: ApiResource, object: Kube): void {
    this.versions += 1;
    object.metadata.uid ??= `uid-${this.versions}`;
    object.metadata.resourceVersion = String(this.versions);
    this.objects.set(keyOf(resource, object.metadata.namespace ?? '', object.metadata.name), object);
  }

  private note(verb: string, { kind }: ApiResource, namespace: string, name: string): void {
    this.writes.push(`${verb} ${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`);
  }

  /** What the volume controller does, at once: binds, releases, deletes. */
  private control(): void {
    for (const [key, volume] of this.objects) {
      if (!key.startsWith('persistentvolumes ')) continue;
      const { claimRef } = volume.spec;
      if (claimRef?.name === undefined) continue;
      const claim = this.objects.get(`persistentvolumeclaims ${claimRef.namespace ?? ''}/${claimRef.name}`);
      const isOwn = claim !== undefined && (claimRef.uid === undefined || claimRef.uid === claim.metadata.uid);
      if (isOwn && claim.spec.volumeName === volume.metadata.name) {
        claimRef.uid = claim.metadata.uid ?? '';
        claim.status = { phase: 'Bound' };
        volume.status = { phase: 'Bound' };
      } else if (claimRef.uid === undefined) volume.status = { phase: 'Available' };
      else if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') {
        this.objects.delete(key);
        this.deleted.push(volume.metadata.name);
      } else volume.status = { phase: 'Released' };
    }
  }
}

function keyOf({ plural }: ApiResource, namespace: string, name: string): string {
  return `${plural} ${namespace}/${name}`;
}

function raw(object: Kube | undefined): RawObject | undefined {
  return object === undefined ? undefined : { bytes: Buffer.from(JSON.stringify(object)) };
}

function mergePatch(value: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  for (const [key, part] of Object.entries(patch)) {
    if (part === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], part);
  }
  return merged;
}

interface Operation {
  readonly op: 'add' | 'replace' | 'remove' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

function jsonPatch(object: object, operations: readonly Operation[]): unknown {
  const changed = structuredClone(object) as Record<string, unknown>;
  for (const { op, path, value } of operations) {
    const names = path.slice(1).split('/');
    const last = names.pop() ?? '';
    const parent = names.reduce((at, name) => (at[name] ??= {}) as Record<string, unknown>, changed);
    if (op === 'test' && JSON.stringify(parent[last]) !== JSON.stringify(value)) {
      throw new LandfallError('OBJECT_INVALID', { what: `${path} is ${JSON.stringify(parent[last])}` });
    }
    if (op === 'remove') delete parent[last];
    else if (op !== 'test') parent[last] = value;
  }
  return changed;
}
