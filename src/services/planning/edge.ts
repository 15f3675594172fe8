import pMap from 'p-map';
import type { IndexEntry } from '../../archive/entry.ts';
import { readIndexParts } from '../../archive/index-file.ts';
import type { CapturedContent } from '../../archive/captured-content.ts';
import type { EdgeCollection } from '../../core/edge/collect.ts';
import { grantFinding, missingFinding, unreadFinding, unseenFinding } from '../../core/edge/judge.ts';
import type { Presence } from '../../core/edge/judge.ts';
import { everyones, isClass, findReferrers, mayRefer } from '../../core/edge/referrers.ts';
import { referringKinds } from '../../core/edge/referring-kinds.ts';
import type { Referrer } from '../../core/edge/edge-scope.ts';
import { catalogue } from '../../core/error-catalogue.ts';
import { isLandfallError } from '../../core/errors.ts';
import { isBuiltInGroup } from '../../core/graph/groups.ts';
import { read } from '../../core/json/node.ts';
import { limits } from '../../core/limits.ts';
import { groupResource, objectKey } from '../../core/resource.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { SelectedObject } from '../../core/select/dependencies.ts';
import { readListedHead } from '../../core/select/head.ts';
import { accountsOf } from '../../core/select/subjects.ts';
import type { KnownNames } from '../../core/transform/rule.ts';
import { mapNamespace } from '../../core/transform/rules/namespace.ts';
import type { Cluster, ServedResource } from '../../ports/cluster.ts';
import { listServed } from '../objects/list-served.ts';
import { textOf } from '../objects/text.ts';
import type { PlanSession, Session } from '../session.ts';
import type { Progress } from '../progress.ts';

/** Objects of one custom kind that are looked through; nobody writes more policies. */
const objectsMax = 2_000;

/** The source as the edge is judged by: what it serves, the names texts may mean, and what could not be listed. */
export interface EdgeSource {
  readonly served: readonly ServedResource[];
  readonly names: KnownNames;
  readonly unseen: string[];
}

/**
 * Reads what has to be known before the objects are: the Services of the source, and captured names that a mapping moves.
 * Without a source, the kinds and Services that were captured are all there are.
 */
export async function openEdgeSource(
  session: PlanSession,
  content: CapturedContent,
  signal: AbortSignal
): Promise<EdgeSource> {
  const { source } = session;
  if (source === undefined) return edgeOfContent(session, content, signal);
  const { resources: served } = await source.discover({ signal });
  const unseen: string[] = [];
  const services = new Set<string>();
  const kind = served.find((one) => one.preferred && one.group === '' && one.plural === 'services');
  if (kind !== undefined) {
    await eachOf(source, kind, {
      unseen,
      signal,
      use: ({ head }) => {
        services.add(`${head.ref.namespace}/${head.ref.name}`);
      },
    });
  }
  const { namespaceMapping } = session.spec;
  const objects = new Set<string>();
  if (Object.keys(namespaceMapping).length > 0) {
    for await (const entry of readIndexParts(session.location, content.index.parts, { signal })) {
      if (isMapped(entry, namespaceMapping)) objects.add(`${entry.namespace}/${entry.name}`);
    }
  }
  return { served, names: { services, objects }, unseen };
}

async function edgeOfContent(
  { location, spec }: Session<never>,
  { index, lists }: CapturedContent,
  signal: AbortSignal
): Promise<EdgeSource> {
  const services = new Set<string>();
  const objects = new Set<string>();
  for await (const entry of readIndexParts(location, index.parts, { signal })) {
    const name = `${entry.namespace}/${entry.name}`;
    if (entry.group === '' && entry.plural === 'services') services.add(name);
    if (isMapped(entry, spec.namespaceMapping)) objects.add(name);
  }
  const kinds = new Map(lists.map((list) => [groupResource(list), list]));
  const served = [...kinds.values()].map(({ group, version, kind, plural, namespaced }) => {
    return { group, version, kind, plural, namespaced, verbs: ['get', 'list'], subresources: [], preferred: true };
  });
  return { served, names: { services, objects }, unseen: [] };
}

function isMapped({ namespace }: IndexEntry, mapping: Readonly<Record<string, string>>): boolean {
  return Object.hasOwn(mapping, namespace) && mapping[namespace] !== namespace;
}

export interface EdgeRequest {
  readonly source: EdgeSource;
  readonly edge: EdgeCollection;
  /** Objects of the plan, by their identity on the target. */
  readonly planned: { has(key: string): boolean };
}

/**
 * What refers into the scope or out of it and does not travel. Lists the small kinds of the source that may refer to the
 * application and asks the target for each thing that is named. Reads only. A kind that may not be listed is reported.
 */
export async function findEdge(
  session: PlanSession,
  progress: Progress,
  request: EdgeRequest
): Promise<readonly Finding[]> {
  const { edge, planned, source } = request;
  const { signal } = progress;
  progress.update({ note: 'what refers to the application' });
  const incoming = await findIncoming(session, { ...source, collection: edge }, signal);
  const ask = await openQuestions(session, signal);
  const options = { concurrency: limits.parallelKinds, signal };
  const behind = await pMap(
    incoming.found.filter(({ object }) => !planned.has(objectKey(object.head.ref))),
    async (one) => ((await ask.isReplaced(one)) ? [] : [one.finding]),
    options
  );
  const missing = await pMap(
    edge.objects().filter(({ what }) => !planned.has(objectKey(what.ref))),
    async (named) => {
      const { ref, resource } = named.what;
      const there = await ask.isOnTarget(ref);
      if (there === true) return [];
      // A name that leads to nothing on the source either is no loss of the move.
      const { source: cluster } = session;
      if (ref.kind !== 'Service' && cluster !== undefined) {
        if ((await isThere(cluster, { resource, ref }, signal)) === false) return [];
      }
      return missingFinding(named, there) ?? [];
    },
    options
  );
  return [
    ...behind.flat(),
    ...missing.flat(),
    ...edge.grants().map(grantFinding),
    ...edge.controllers.findings(),
    ...incoming.findings,
  ];
}

async function findIncoming(
  { source, spec }: PlanSession,
  { served, unseen, collection: { scope: moving } }: EdgeSource & { readonly collection: EdgeCollection },
  signal: AbortSignal
): Promise<{ readonly found: readonly Referrer[]; readonly findings: readonly Finding[] }> {
  if (source === undefined) return { found: [], findings: [incomingUnknown(spec.source.name)] };
  const { scope } = spec;
  // A Migration of chosen kinds is about these, and one without cluster-scoped objects says that others care for them.
  const isWhole = scope.kinds.length === 0 || scope.kinds.includes('*');
  const kinds = isWhole && scope.clusterScoped !== 'none' ? served.filter((kind) => isSearched(kind, moving)) : [];
  const findings: Finding[] = [];
  const objects = await pMap(
    kinds,
    async (kind) => {
      const found: SelectedObject[] = [];
      const isCustom = !isBuiltInGroup(kind.group);
      const looked = await eachOf(source, kind, {
        unseen,
        signal,
        max: isCustom ? objectsMax : Infinity,
        use: (object) => {
          if (mayMatter(object, moving)) found.push(object);
        },
      });
      if (isCustom && looked >= objectsMax) {
        findings.push(unreadFinding(source.name, groupResource(kind), looked));
      }
      return found;
    },
    { concurrency: limits.parallelKinds, signal }
  );
  const found = findReferrers(objects.flat(), moving);
  return {
    found,
    findings: [...findings.toSorted(bySubject), ...unseenFinding(source.name, [...new Set(unseen)])],
  };
}

function incomingUnknown(cluster: string): Finding {
  const message = 'not checked: what refers to the application from outside of it; a recovery point does not hold it';
  const { fix } = catalogue.CHECK_NOT_MADE;
  return { code: 'CHECK_NOT_MADE', severity: 'info', subject: `${cluster}: references`, message, remedy: fix };
}

function bySubject(left: Finding, right: Finding): number {
  return left.subject < right.subject ? -1 : 1;
}

function isSearched(kind: ServedResource, { installed }: EdgeCollection['scope']): boolean {
  if (!kind.preferred || !kind.verbs.includes('list')) return false;
  // Classes are of interest where a controller of classes may be in scope, and are not asked for otherwise.
  if (isClass({ resource: kind })) return installed.hasControllers();
  if (referringKinds.includes(groupResource(kind))) return true;
  return !kind.namespaced && !isBuiltInGroup(kind.group) && kind.verbs.includes('create') && mayRefer(kind);
}

/** A definition is kept only for its webhook, or for whom it belongs to: its schema is large. */
function mayMatter(object: SelectedObject, { namespaces, boundRoles, installed }: EdgeCollection['scope']): boolean {
  const { text, resource } = object;
  const isDefinition = resource.kind === 'CustomResourceDefinition';
  if (isDefinition && boundRoles.has('cluster-admin') && installed.ownerOf(object) !== undefined) return true;
  if (resource.kind !== 'CustomResourceDefinition' && resource.kind !== 'RoleBinding') return true;
  if (resource.kind === 'RoleBinding' && [...everyones].some((group) => text.includes(`"${group}"`))) return true;
  return (
    namespaces.some(({ name }) => text.includes(name)) &&
    (resource.kind === 'RoleBinding' || text.includes('"webhook"'))
  );
}

interface Reading {
  /** Gets the name of a kind that this user may not list. */
  readonly unseen: string[];
  readonly signal: AbortSignal;
  readonly max?: number;
}

/** Gives every object of a kind once, also where the list has to start again; answers how many there were. */
async function eachOf(
  cluster: Cluster,
  resource: ApiResource,
  { unseen, signal, max = Infinity, use }: Reading & { readonly use: (object: SelectedObject) => void }
): Promise<number> {
  const seen = new Set<string>();
  try {
    for await (const page of listServed(cluster, resource, { signal })) {
      for (const item of page.items) {
        const text = textOf(item);
        const head = readListedHead(text, resource);
        const key = objectKey(head.ref);
        if (seen.has(key)) continue;
        seen.add(key);
        use({ head, text, resource });
      }
      if (seen.size >= max) break;
    }
  } catch (error) {
    // A kind nobody may list, or whose conversion fails, says nothing about the application itself.
    const isItsOwn = isLandfallError(error, 'CLUSTER_FORBIDDEN', 'CLUSTER_SERVER_ERROR', 'KIND_NOT_SERVED');
    if (!isItsOwn) throw error;
    unseen.push(groupResource(resource));
  }
  return seen.size;
}

interface Questions {
  isOnTarget(ref: ObjectRef): Promise<Presence>;
  /** Whether the target has what stays behind: by name, and a binding with the account in it. */
  isReplaced(left: Referrer): Promise<boolean>;
}

async function openQuestions({ target, spec }: Session<'target'>, signal: AbortSignal): Promise<Questions> {
  const { resources } = await target.discover({ signal });
  const servedAs = (ref: ObjectRef) =>
    resources.find(({ preferred, group, kind }) => preferred && group === ref.group && kind === ref.kind);
  const map = (name: string): string => mapNamespace(spec.namespaceMapping, name);
  return {
    async isOnTarget(ref) {
      const resource = servedAs(ref);
      return resource === undefined ? false : isThere(target, { resource, ref }, signal);
    },
    async isReplaced({ object, account }) {
      const { ref } = object.head;
      const resource = servedAs(ref);
      if (resource === undefined) return false;
      const text = await readText(target, { resource, ref }, signal);
      if (text === undefined || text === null || account === undefined) return typeof text === 'string';
      const subjects = read(text, '/subjects');
      const wanted =
        account.namespace === ''
          ? { ...account, name: map(account.name) }
          : { ...account, namespace: map(account.namespace) };
      return (
        Array.isArray(subjects) &&
        subjects.some((subject) => {
          const accounts = accountsOf(subject);
          return accounts !== undefined && objectKey(accounts) === objectKey(wanted);
        })
      );
    },
  };
}

async function isThere(
  cluster: Cluster,
  { resource, ref }: { readonly resource: ApiResource; readonly ref: ObjectRef },
  signal: AbortSignal
): Promise<Presence> {
  const text = await readText(cluster, { resource, ref }, signal);
  return text === undefined ? undefined : text !== null;
}

/** The object; null where there is none, undefined where this user may not look. */
async function readText(
  cluster: Cluster,
  { resource, ref: { namespace, name } }: { readonly resource: ApiResource; readonly ref: ObjectRef },
  signal: AbortSignal
): Promise<string | null | undefined> {
  try {
    const found = await cluster.get({ resource, namespace, name }, { signal });
    return found === undefined ? null : textOf(found.bytes);
  } catch (error) {
    if (isLandfallError(error, 'CLUSTER_FORBIDDEN')) return undefined;
    if (isLandfallError(error, 'KIND_NOT_SERVED')) return null;
    throw error;
  }
}
