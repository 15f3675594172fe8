import { LandfallError } from '../../core/errors.ts';
import { describeRef, type ApiResource } from '../../core/resource.ts';
import { describeDeletion } from '../../core/undo/describe-deletion.ts';
import { fieldManagerOf, isLabelledBy, runLabels } from '../../core/identity/names.ts';
import type { Cluster, ObjectAddress, RawObject, WaitOptions } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';

/** What every function of the volume's way needs. */
export interface VolumeContext {
  readonly cluster: Cluster;
  readonly runId: string;
  /** Longest wait for one state of one object. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** What is being waited for; called at least every 5 s, so that an activity can heartbeat. */
  readonly onTick?: (state: string) => void;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly managedFields?: readonly { readonly manager?: string }[];
  readonly ownerReferences?: readonly { readonly uid: string }[];
}

export interface StoredObject {
  readonly metadata: Metadata;
}

/** Reads the JSON of an object. Only for kinds of which no number is beyond 2^53; nothing is written back whole. */
export function parseObject<T extends StoredObject>(object: RawObject): T {
  return parseBytes<T>(object.bytes);
}

function parseBytes<T extends StoredObject>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
}

/** Gives an object, or undefined when there is none. */
export async function read<T extends StoredObject>(
  context: Pick<VolumeContext, 'cluster' | 'signal'>,
  address: ObjectAddress
): Promise<T | undefined> {
  const object = await context.cluster.get(address, callOptions(context));
  return object === undefined ? undefined : parseObject<T>(object);
}

/** Lists objects of a kind. */
export async function listAll<T extends StoredObject>(
  context: Pick<VolumeContext, 'cluster' | 'signal'>,
  resource: ApiResource,
  where: { readonly namespace?: string; readonly labelSelector?: string }
): Promise<T[]> {
  return wholeList(context.cluster.list(resource, { ...where, ...callOptions(context) }), (item) =>
    parseBytes<T>(item)
  );
}

/** An object to be made. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: object;
  readonly [field: string]: unknown;
}

/**
 * Creates an object with the run's label, or finds the one this run has made before. An object of the same name that is
 * somebody else's, or on its way out, is a conflict.
 */
export async function ensureCreated<T extends StoredObject>(
  context: VolumeContext,
  resource: ApiResource,
  object: NewObject
): Promise<T> {
  const { name, namespace = '' } = object.metadata;
  const metadata = { ...object.metadata, labels: { ...object.metadata.labels, ...runLabels(context.runId) } };
  const body = JSON.stringify({ ...object, metadata });
  const written = await context.cluster.create({ resource, namespace, body }, writeOptions(context));
  if (written.object !== undefined) return parseObject<T>(written.object);
  const existing = await read<T>(context, { resource, namespace, name });
  if (existing === undefined) return await ensureCreated<T>(context, resource, object);
  assertOurs(context, resource, existing);
  return existing;
}

/** Throws OBJECT_CONFLICT unless the object carries the run's label and is not being deleted. */
function assertOurs(context: VolumeContext, resource: ApiResource, object: StoredObject): void {
  const ref = describe(addressOf(resource, object.metadata));
  if (object.metadata.deletionTimestamp !== undefined) {
    throw new LandfallError('OBJECT_CHANGED', { what: `${ref} is still being deleted`, ref });
  }
  if (isLabelledBy(context.runId, object.metadata)) return;
  throw new LandfallError('OBJECT_CONFLICT', {
    what: `${ref} exists in ${context.cluster.name} and does not belong to this run`,
    fix: 'delete it, or use a different landfallNamespace',
    ref,
  });
}

/** Changes fields by merge patch (RFC 7396). */
export async function merge(context: VolumeContext, address: ObjectAddress, patch: object): Promise<void> {
  await context.cluster.patch(
    { ...address, patch: JSON.stringify(patch) },
    { ...writeOptions(context), contentType: 'application/merge-patch+json' }
  );
}

/** An object that is to go, as it was last read. */
export interface Leaving<T extends StoredObject | undefined = StoredObject> {
  readonly resource: ApiResource;
  readonly object: T;
}

/** Deletes exactly this object (by uid) and waits until it is gone. Absent is fine. */
export async function removeAndWait(
  context: VolumeContext,
  { resource, object }: Leaving<StoredObject | undefined>,
  why = ''
): Promise<void> {
  if (object === undefined) return;
  const { uid } = object.metadata;
  const answer = await context.cluster.delete(addressOf(resource, object.metadata), {
    ...callOptions(context),
    uid,
    propagation: 'Background',
  });
  if (answer === 'absent') return;
  await waitGone(context, { resource, object }, why);
}

/** Waits until an object is gone, or replaced by a successor of the same name. */
export async function waitGone(
  context: VolumeContext,
  { resource, object: { metadata } }: Leaving,
  why = ''
): Promise<void> {
  const address = addressOf(resource, metadata);
  const ref = describe(address);
  await context.cluster.waitFor({
    ...address,
    ...waitOptions(context),
    until: (live) => live === undefined || parseObject(live).metadata.uid !== metadata.uid,
    describe: (live) => {
      const state = live === undefined ? 'gone' : describeDeletion(Buffer.from(live.bytes).toString('utf8'), resource);
      return `${ref} is ${state}${why === '' ? '' : `: ${why}`}`;
    },
  });
}

/** A state of an object, and how far it is from it in words. */
export interface AwaitedState<T extends StoredObject> extends ObjectAddress {
  readonly until: (object: T | undefined) => boolean;
  readonly describe: (object: T | undefined) => string;
}

/** Waits for a state of an object and gives it. */
export async function waitUntil<T extends StoredObject>(
  context: VolumeContext,
  { until, describe: describeState, ...address }: AwaitedState<T>
): Promise<T> {
  const parsed = (object: RawObject | undefined): T | undefined =>
    object === undefined ? undefined : parseObject<T>(object);
  const object = await context.cluster.waitFor({
    ...address,
    ...waitOptions(context),
    until: (raw) => until(parsed(raw)),
    describe: (raw) => describeState(parsed(raw)),
  });
  const value = parsed(object);
  if (value === undefined)
    throw new LandfallError('INTERNAL', { what: `${describe(address)} disappeared during a wait` });
  return value;
}

/** Where an object with this metadata is. */
export function addressOf(resource: ApiResource, metadata: Pick<Metadata, 'namespace' | 'name'>): ObjectAddress {
  return { resource, namespace: metadata.namespace ?? '', name: metadata.name };
}

function describe({ resource, namespace, name }: ObjectAddress): string {
  return describeRef({ group: resource.group, kind: resource.kind, namespace, name });
}

export function callOptions(context: Pick<VolumeContext, 'signal'>): { signal?: AbortSignal } {
  return context.signal === undefined ? {} : { signal: context.signal };
}

export function writeOptions(context: VolumeContext): { signal?: AbortSignal; fieldManager: string } {
  return { ...callOptions(context), fieldManager: fieldManagerOf(context.runId) };
}

function waitOptions(context: VolumeContext): Pick<WaitOptions, 'signal' | 'timeoutMs' | 'onTick'> {
  return {
    ...callOptions(context),
    timeoutMs: context.timeoutMs,
    ...(context.onTick === undefined ? {} : { onTick: context.onTick }),
  };
}
