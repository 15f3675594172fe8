import { isLandfallError, LandfallError } from '../core/errors.ts';
import { groupResource } from '../core/resource.ts';
import type { ApiResource } from '../core/resource.ts';
import type {
  CallOptions,
  DeleteOptions,
  ObjectAddress,
  ObjectPatch,
  ObjectReplacement,
  ObjectToCreate,
  PatchOptions,
  RawObject,
  WriteOptions,
  WriteResult,
} from '../ports/cluster.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import type { ApiAnswer, ApiClient, ApiRequest } from './api-client.ts';
import { fitRequest } from './escapes.ts';
import { IncompleteJson } from './json-scan.ts';
import { rawAnswer } from './parse-answer.ts';
import { collectionPath, objectPath, subjectOf } from './paths.ts';
import { readRefusal } from './refusal.ts';
import { readMetadata } from './split-list.ts';
import { parseWarnings } from './warnings.ts';

/** Where the objects of one cluster are written: its client, and the failpoints around each effect. */
export interface ObjectStore {
  readonly client: ApiClient;
  readonly failpoints: Failpoints;
  readonly role: 'source' | 'target';
}

/** See Cluster.get. */
export function getObject(
  client: ApiClient,
  address: ObjectAddress,
  options: CallOptions = {}
): Promise<RawObject | undefined> {
  return client.send<RawObject | undefined>({
    action: 'get',
    subject: subjectOf(address),
    method: 'GET',
    path: objectPath(address),
    repeatable: true,
    kind: `get ${groupResource(address.resource)}`,
    understands: saysAbsent,
    read: (answer) => (answer.status === 404 ? undefined : rawAnswer(answer)),
    signal: options.signal,
  });
}

/** A 404 with a Status is an absent object; one in plain text is an unknown path (api-server-facts 14). */
function saysAbsent(answer: ApiAnswer): boolean {
  return answer.status === 404 && readRefusal(answer).isStatus;
}

/** 409 AlreadyExists; every other 409 of a create is the server's own bookkeeping. */
function saysExists(answer: ApiAnswer): boolean {
  return answer.status === 409 && readRefusal(answer).reason === 'AlreadyExists';
}

/** See Cluster.create. */
export async function createObject(
  store: ObjectStore,
  { resource, namespace, body }: ObjectToCreate,
  options: WriteOptions
): Promise<WriteResult> {
  const bytes = fitRequest(body);
  const address = { resource, namespace, name: nameIn(bytes, resource) };
  const request = writeRequest('create', address, options);
  const { subject } = request;
  return runBetweenFailpoints(store, { verb: 'create', subject, dryRun: options.dryRun }, async () => {
    try {
      return await store.client.send<WriteResult>({
        ...request,
        method: 'POST',
        path: collectionPath(resource, namespace),
        body: bytes,
        // A repeat meets its own first attempt as 409: 'exists', and the field manager shows whose it is.
        repeatable: true,
        understands: saysExists,
        read: (answer) => (answer.status === 409 ? { outcome: 'exists', warnings: [] } : written('created', answer)),
      });
    } catch (error) {
      if (await existsInDisguise(store.client, address, error)) return { outcome: 'exists', warnings: [] };
      throw error;
    }
  });
}

function nameIn(bytes: Buffer, resource: ApiResource): string {
  try {
    return readMetadata(bytes).name;
  } catch (cause) {
    if (!(cause instanceof IncompleteJson)) throw cause;
    throw new LandfallError('OBJECT_INVALID', { what: `a ${resource.kind} to be created is not JSON`, cause });
  }
}

/**
 * A Service that exists with the chosen clusterIP or nodePort is refused with 422, with the chosen healthCheckNodePort
 * with 500, since the allocators run before the name is looked up (api-server-facts 12). Looking for the very Service
 * reports this from a port that somebody else has.
 */
async function existsInDisguise(client: ApiClient, address: ObjectAddress, error: unknown): Promise<boolean> {
  const { resource } = address;
  if (resource.kind !== 'Service' || resource.group !== '') return false;
  if (!isLandfallError(error, 'OBJECT_INVALID') || !/already allocated/.test(error.detail.why ?? '')) return false;
  return (await getObject(client, address)) !== undefined;
}

/** See Cluster.replace. */
export function replaceObject(
  store: ObjectStore,
  replacement: ObjectReplacement,
  options: WriteOptions
): Promise<WriteResult> {
  const request = writeRequest('replace', replacement, options);
  const { subject } = request;
  return runBetweenFailpoints(store, { verb: 'replace', subject, dryRun: options.dryRun }, () =>
    store.client.send<WriteResult>({
      ...request,
      method: 'PUT',
      path: objectPath(replacement),
      body: fitRequest(replacement.body),
      // With a resourceVersion the repeat of a success is a 409, which the caller answers by reading again.
      repeatable: true,
      read: (answer) => written('replaced', answer),
    })
  );
}

/** See Cluster.patch. */
export function patchObject(store: ObjectStore, change: ObjectPatch, options: PatchOptions): Promise<WriteResult> {
  const apply = options.contentType === 'application/apply-patch+yaml';
  const request = writeRequest('patch', change, options);
  const { subject } = request;
  return runBetweenFailpoints(store, { verb: 'patch', subject, dryRun: options.dryRun }, () =>
    store.client.send<WriteResult>({
      ...request,
      method: 'PATCH',
      path: objectPath(change, options.subresource),
      query: { ...request.query, force: apply && options.force === true ? true : undefined },
      headers: { 'content-type': options.contentType },
      body: Buffer.from(change.patch),
      // A JSON patch may append: twice is more than once.
      repeatable: options.contentType !== 'application/json-patch+json',
      read: (answer) => written('patched', answer),
    })
  );
}

/** See Cluster.delete. */
export function deleteObject(
  store: ObjectStore,
  address: ObjectAddress,
  options: DeleteOptions = {}
): Promise<'deleted' | 'deleting' | 'absent'> {
  const { uid, resourceVersion, propagation, gracePeriodSeconds } = options;
  const subject = subjectOf(address);
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(uid === undefined && resourceVersion === undefined ? {} : { preconditions: { uid, resourceVersion } }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
  return runBetweenFailpoints(store, { verb: 'delete', subject, dryRun: false }, () =>
    store.client.send<'deleted' | 'deleting' | 'absent'>({
      action: 'delete',
      subject,
      method: 'DELETE',
      path: objectPath(address),
      body: Buffer.from(JSON.stringify(body)),
      repeatable: true,
      kind: `delete ${groupResource(address.resource)}`,
      understands: saysAbsent,
      read: (answer) => (answer.status === 404 ? 'absent' : deletion(answer)),
      signal: options.signal,
    })
  );
}

/**
 * The server answers a Status when the object is gone, else the object as it now is: `deletionTimestamp` is set while
 * finalizers, a namespace's content or a grace period hold it.
 */
function deletion(answer: ApiAnswer): 'deleted' | 'deleting' {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = readMetadata(answer.body);
  if (deletionTimestamp === undefined) return 'deleted';
  // A pod deleted with grace period 0 is answered as it was at its end.
  if (deletionGracePeriodSeconds === 0 && finalizers.length === 0) return 'deleted';
  return 'deleting';
}

type WriteRequest = Pick<ApiRequest<never>, 'action' | 'subject' | 'kind' | 'query' | 'signal'>;

function writeRequest(action: string, address: ObjectAddress, options: WriteOptions): WriteRequest {
  return {
    action,
    subject: subjectOf(address),
    kind: `${options.dryRun === true ? 'try to ' : ''}${action} ${groupResource(address.resource)}`,
    query: {
      fieldManager: options.fieldManager,
      dryRun: options.dryRun === true ? 'All' : undefined,
      fieldValidation: options.fieldValidation,
    },
    signal: options.signal,
  };
}

function written(outcome: WriteResult['outcome'], answer: ApiAnswer): WriteResult {
  return { outcome, object: rawAnswer(answer), warnings: parseWarnings(answer.headers['warning']) };
}

/** Runs an effect between its failpoints. A dry run has no effect and therefore no failpoints. */
export async function runBetweenFailpoints<T>(
  { failpoints, role }: Pick<ObjectStore, 'failpoints' | 'role'>,
  effect: { readonly verb: string; readonly subject: string; readonly dryRun?: boolean | undefined },
  run: () => Promise<T>
): Promise<T> {
  if (effect.dryRun === true) return run();
  const named = { name: `${role}.${effect.verb}`, subject: effect.subject };
  await failpoints.before(named);
  const result = await run();
  await failpoints.after(named);
  return result;
}
