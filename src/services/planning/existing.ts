import pMap from 'p-map';
import { runFolder, storeLines } from '../../archive/run-objects.ts';
import { catalogue } from '../../core/error-catalogue.ts';
import { isLandfallError } from '../../core/errors.ts';
import { uncountedFindings } from '../../core/existing/uncounted.ts';
import type { UncountedList } from '../../core/existing/uncounted.ts';
import { named } from '../../core/existing/findings.ts';
import { existingPolicyOf } from '../../core/existing/object-policy.ts';
import { isPlatformObject } from '../../core/existing/platform-objects.ts';
import { limits } from '../../core/limits.ts';
import { namespaceResource, objectKey } from '../../core/resource.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import { plural } from '../../core/run/format.ts';
import type { Finding } from '../../core/run/events.ts';
import { readHead } from '../../core/select/head.ts';
import type { ObjectHead } from '../../core/select/head.ts';
import type { RunSpec } from '../../core/spec/spec.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { wholeList } from '../../ports/whole-list.ts';
import { listServed } from '../objects/list-served.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';
import { applicationLists } from '../objects/application-lists.ts';

interface HeldObject {
  readonly ref: ObjectRef;
  readonly resource: ApiResource;
}

/** What namespaces of a cluster hold. */
interface Held {
  /** What a person has there: what selection would take, so nothing that controllers make by themselves. */
  readonly application: readonly HeldObject[];
  /** Keys of everything, also of what controllers made. */
  readonly all: ReadonlySet<string>;
  /** Lists that were refused or failed: what they hold is in no count. */
  readonly unread: readonly UncountedList[];
}

/** What is the matter of one kind alone: the user may not list it, or its conversion or its aggregated server fails. */
const unreadable = ['CLUSTER_FORBIDDEN', 'CLUSTER_SERVER_ERROR', 'KIND_NOT_SERVED'] as const;

/** Lists what namespaces of the target hold, without what `skip` names. Namespaces that are not there give nothing. */
async function listHeld(
  session: Session<never>,
  cluster: Cluster,
  {
    namespaces,
    signal,
    skip,
  }: {
    readonly namespaces: readonly string[];
    readonly signal: AbortSignal;
    readonly skip: (head: ObjectHead) => boolean;
  }
): Promise<Held> {
  if (namespaces.length === 0) return { application: [], all: new Set(), unread: [] };
  const { lists, isApplication } = await applicationLists(session, cluster, { namespaces, signal });
  const unread: UncountedList[] = [];
  const found = await pMap(
    lists,
    async ({ resource, namespace }) => {
      try {
        return await listOne(resource, namespace);
      } catch (error) {
        if (!isLandfallError(error, ...unreadable)) throw error;
        unread.push({ resource, namespace, why: error.detail.what });
        return [];
      }
    },
    { concurrency: limits.parallelKinds, signal }
  );
  function listOne(resource: ApiResource, namespace: string) {
    return wholeList(listServed(cluster, resource, { namespace, signal }), (item) => {
      const text = textOf(item);
      const head = readHead(text, resource);
      return skip(head) ? undefined : { ref: head.ref, resource, application: isApplication({ head, text, resource }) };
    });
  }
  const every = found.flat();
  return {
    application: every.filter(({ application }) => application),
    all: new Set(every.map(({ ref }) => objectKey(ref))),
    unread,
  };
}

/** What the target's namespaces hold before the run. */
interface ExistingContent {
  /** Keys of what a person has there; stored. */
  readonly keys: StoredRef;
  /** Keys of everything there. */
  readonly names: ReadonlySet<string>;
  /** Whether there is anything of an application; what the platform prepares a namespace with does not count. */
  readonly holds: boolean;
  readonly findings: readonly Finding[];
}

/**
 * What is in the target's namespaces before the run: kept, so that it is never taken for something extra, and judged by
 * the policy. Objects this very run has made (a plan made again) do not count.
 */
export async function findExisting(
  session: Session<'target'>,
  progress: Progress,
  { namespaces, planned }: { readonly namespaces: readonly string[]; readonly planned: { has(key: string): boolean } }
): Promise<ExistingContent> {
  const { present, leaving } = await readNamespaces(session, namespaces, progress.signal);
  const { application, all, unread } = await listHeld(session, session.target, {
    namespaces: present,
    signal: progress.signal,
    skip: (head) => head.managers.some(({ manager }) => manager === session.fieldManager),
  });
  const stored = await storeLines(
    runFolder(session, 'existing'),
    application.map(({ ref }) => objectKey(ref))
  );
  const holds = application.some(({ ref }) => !isPlatformObject(ref) || planned.has(objectKey(ref)));
  const known = { keys: stored, names: all, holds };
  const byNamespace = Map.groupBy(application, ({ ref }) => ref.namespace);
  const findings = [...byNamespace].map(([namespace, held]) => {
    const subject = `${session.target.name}: Namespace ${namespace}`;
    return heldFinding(subject, held, { planned, spec: session.spec });
  });
  const reported = [...leaving, ...findings.filter((one) => one !== undefined)];
  return { ...known, findings: [...reported, ...uncountedFindings(session.target.name, unread)] };
}

/**
 * What a namespace that is not empty means: what an application has there stops a run that is to stop; what the platform
 * put there to prepare it is named, since it stays and counts.
 */
function heldFinding(
  subject: string,
  held: readonly HeldObject[],
  { planned, spec }: { readonly planned: { has(key: string): boolean }; readonly spec: RunSpec }
): Finding | undefined {
  // What the plan has as well is the application's own, there since an earlier run; its own policy decides.
  const platform = held.map(({ ref }) => ref).filter((ref) => isPlatformObject(ref) && !planned.has(objectKey(ref)));
  const content = held
    .filter((object) => !isPlatformObject(object.ref) && existingPolicyOf(spec, object) === 'fail')
    .map(({ ref }) => ref);
  const prepared = named(platform.map(nameIn));
  if (content.length > 0) {
    const same = content.filter((ref) => planned.has(objectKey(ref))).length;
    const besides = platform.length === 0 ? '' : `; platform objects not counted: ${prepared}`;
    return {
      code: 'TARGET_NOT_EMPTY',
      severity: 'blocker',
      subject,
      message: `it already holds ${plural(content.length, 'object')}, ${same} of them with names in the plan: ${named(content.map(nameIn))}${besides}`,
      remedy: catalogue.TARGET_NOT_EMPTY.fix,
    };
  }
  if (platform.length === 0) return undefined;
  const message = `it holds platform objects: ${prepared}`;
  return { code: 'TARGET_PREPARED', severity: 'info', subject, message, remedy: catalogue.TARGET_PREPARED.fix };
}

function nameIn({ kind, name }: ObjectRef): string {
  return `${kind} ${name}`;
}

/**
 * Which of the namespaces are there: the others hold nothing and are not listed. What is created in one that is being
 * deleted goes with it, or is refused until it has gone, so that is a finding.
 */
async function readNamespaces(
  session: Session<'target'>,
  namespaces: readonly string[],
  signal: AbortSignal
): Promise<{ readonly present: readonly string[]; readonly leaving: readonly Finding[] }> {
  const { target } = session;
  const found = await pMap(
    namespaces,
    async (namespace): Promise<{ readonly present: readonly string[]; readonly leaving: readonly Finding[] }> => {
      const live = await target.get({ resource: namespaceResource, namespace: '', name: namespace }, { signal });
      if (live === undefined) return { present: [], leaving: [] };
      const { deletionTimestamp, finalizers } = readHead(textOf(live.bytes), namespaceResource);
      if (deletionTimestamp === '') return { present: [namespace], leaving: [] };
      const held = finalizers.length === 0 ? '' : `, blocked by the finalizers ${finalizers.join(', ')}`;
      const finding: Finding = {
        code: 'NAMESPACE_TERMINATING',
        severity: 'blocker',
        subject: `${target.name}: Namespace ${namespace}`,
        message: `it has been terminating since ${deletionTimestamp}${held}`,
        remedy: catalogue.NAMESPACE_TERMINATING.fix,
        side: 'target',
      };
      return { present: [namespace], leaving: [finding] };
    },
    { concurrency: limits.parallelKinds, signal }
  );
  return { present: found.flatMap((one) => one.present), leaving: found.flatMap((one) => one.leaving) };
}
