import { isLandfallError } from '../../core/errors.ts';
import { isJsonObject, type JsonValue } from '../../core/json/value.ts';
import { namespaceResource } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import { readHead } from '../../core/select/head.ts';
import { changesByAdmission, moverFindings, refuserOf } from '../../core/volumes/mover-admission.ts';
import type { MoverAnswer } from '../../core/volumes/mover-admission.ts';
import { joinTolerations, mergePods, type MoverPods } from '../../core/volumes/mover-pods.ts';
import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { prepareJobName } from '../../core/identity/names.ts';
import { volumeNames } from '../../core/volumes/names.ts';
import { buildPod } from '../../movers/kopia/job-spec.ts';
import { concernsNamespace } from '../admission/namespace-selectors.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { readTargetWebhooks } from '../admission/target-webhooks.ts';
import { textOf } from '../objects/text.ts';
import { refusalOf } from '../admission/webhook-reaches.ts';
import type { ClaimMove } from '../../core/volumes/contract.ts';
import type { EitherSession, Session, Side } from '../session.ts';
import { ownNamespaceLabels } from './own-namespace-labels.ts';

const pods: ApiResource = { ...namespaceResource, kind: 'Pod', plural: 'pods', namespaced: true };
/** Pods that differ in what a policy may look at; the others of a side are counted as not asked about. */
const askedMax = 20;
/** A webhook that hangs is not waited for: what it would say is not known, and that is reported. */
const answersWithinMs = 20_000;
/** Namespaces of every cluster, in which a pod can be asked about whose own namespace is not there yet. */
const placeholders = ['default', 'kube-public'];
const enforce = 'pod-security.kubernetes.io/enforce';

interface Asked {
  readonly claims: readonly string[];
  readonly mode: MoverConfig['mode'];
  readonly jobName: string;
  readonly pods: MoverPods;
  /** Absent: the pod that makes the repository. */
  readonly volume?: string;
}

/** A session with the cluster of the side that is asked. */
type SideSession = Session<never> & { readonly cluster: Cluster };

/**
 * Asks both API servers for the very pods that will move volumes, without storing any: a refusal would else come in the
 * middle of a run, and what admission puts into a pod nobody would see. Where Landfall makes the namespace itself, the
 * server is asked for it as well, and for the pods in another namespace: what refuses them there counts if it is about
 * the own one too. Stores nothing.
 */
export async function findRefusedMovers(
  session: EitherSession,
  moves: readonly ClaimMove[],
  signal: AbortSignal
): Promise<readonly Finding[]> {
  if (moves.length === 0) return [];
  const sides = await Promise.all(
    (['source', 'target'] as const).map(async (side) => {
      const cluster = session[side];
      // Of a recovery point nothing is uploaded, and a backup fills nothing.
      if (cluster === undefined) return [];
      const answers = await askSide({ ...session, cluster }, { asked: podsOf(session, moves, side), signal });
      return moverFindings({ cluster: cluster.name, side }, answers);
    })
  );
  return sides.flat();
}

/** The pods of a side, those that are alike once. */
function podsOf({ runId, spec }: Session<never>, moves: readonly ClaimMove[], side: Side): readonly Asked[] {
  const settings = spec.volumes.movers;
  const tolerations = joinTolerations(moves.map(({ placement }) => placement?.source?.tolerations ?? []));
  const repository: Asked = {
    ...{ claims: [''], mode: 'prepare', jobName: prepareJobName(runId) },
    pods: mergePods(settings, { tolerations }),
  };
  const own = moves.map(({ namespace, name, placement }): Asked => {
    const names = volumeNames(runId, namespace, name);
    const isUpload = side === 'source';
    return {
      claims: [`${namespace}/${name}`],
      mode: isUpload ? 'upload' : 'download',
      jobName: isUpload ? names.uploadJob : names.downloadJob,
      pods: mergePods(settings, placement?.[side]),
      volume: isUpload ? names.sourceClaim : names.targetClaim,
    };
  });
  const alike = Map.groupBy(own, (one) => JSON.stringify(one.pods));
  const distinct = [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, claims: group.flatMap(({ claims }) => claims) }];
  });
  return side === 'source' ? [repository, ...distinct] : distinct;
}

interface Question {
  readonly asked: readonly Asked[];
  readonly signal: AbortSignal;
}

async function askSide(session: SideSession, { asked, signal }: Question): Promise<readonly MoverAnswer[]> {
  const cluster = session.cluster;
  const own = session.spec.landfallNamespace;
  const place = await placeOf(session, signal);
  const { silent } = await readTargetWebhooks(cluster, signal);
  const answers: MoverAnswer[] = [];
  if (!place.isThere) answers.push(...(await askForNamespace(session, signal)));
  for (const [index, one] of asked.entries()) {
    const say = (kind: MoverAnswer['kind'], why: string): void => {
      answers.push(...one.claims.map((name) => ({ name, kind, why })));
    };
    if (index >= askedMax) {
      say('not asked', `only the first ${askedMax} kinds of pods were asked about`);
      continue;
    }
    const dead = refusalOf(silent, pods, {
      ...{ namespace: own, labels: labelsOf(podOf(session, one, own)), namespaceLabels: place.labels },
    });
    if (dead !== undefined) say('refused', dead);
    else for (const { kind, why } of await askForPod(session, { one, place, signal })) say(kind, why);
  }
  return answers;
}

/** Landfall's own namespace of a side, as it is or will be. */
interface Place {
  readonly isThere: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

async function placeOf(session: SideSession, signal: AbortSignal): Promise<Place> {
  const name = session.spec.landfallNamespace;
  const own = { 'kubernetes.io/metadata.name': name };
  const live = await session.cluster.get({ resource: namespaceResource, namespace: '', name }, { signal });
  const head = live === undefined ? undefined : readHead(textOf(live.bytes), namespaceResource);
  return head === undefined || head.deletionTimestamp !== ''
    ? { isThere: false, labels: { ...ownNamespaceLabels, ...own } }
    : { isThere: true, labels: { ...head.labels, ...own } };
}

async function askForNamespace(session: SideSession, signal: AbortSignal): Promise<readonly MoverAnswer[]> {
  const name = session.spec.landfallNamespace;
  const text = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Namespace' },
    metadata: { name, labels: ownNamespaceLabels },
  });
  const answer = await create(session, { resource: namespaceResource, namespace: '', text, signal });
  const subject = `namespace ${name}`;
  if (answer.kind === 'refused') return [{ name: subject, kind: 'refused', why: answer.why }];
  if (answer.kind === 'not asked') return [{ name: subject, kind: 'not asked', why: answer.why }];
  const level = answer.text === '' ? undefined : labelsOf(answer.text)[enforce];
  if (level !== 'restricted') return [];
  const why = `admission gives namespace ${name} the pod security level restricted, and movers need baseline`;
  return [{ name: subject, kind: 'refused', why }];
}

interface PodQuestion {
  readonly one: Asked;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** One answer; none where the pod passes as it is. */
async function askForPod(
  session: SideSession,
  { one, place, signal }: PodQuestion
): Promise<readonly Omit<MoverAnswer, 'name'>[]> {
  const own = session.spec.landfallNamespace;
  if (place.isThere) {
    const text = podOf(session, one, own);
    const answer = await create(session, { resource: pods, namespace: own, text, signal });
    if (answer.kind === 'refused' && /looking up service account/.test(answer.why))
      return [{ kind: 'not asked', why: answer.why }];
    return answer.kind === 'passed' ? changed(text, answer.text, `in namespace ${own}`) : [answer];
  }
  let why = '';
  for (const namespace of placeholders) {
    const text = podOf(session, one, namespace);
    const answer = await create(session, { resource: pods, namespace, text, signal });
    const where = `asked in namespace ${namespace}, since ${own} is not there yet`;
    if (answer.kind === 'passed') return changed(text, answer.text, where);
    if (answer.kind === 'refused' && (await isAboutOwn(session, { words: answer.why, place, signal })))
      return [{ kind: 'refused', why: `${answer.why} (${where})` }];
    why ||= `${own} is not there yet, and namespace ${namespace} does not stand in for it: ${answer.why}`;
  }
  return [{ kind: 'not asked', why }];
}

/** Whether what refused a pod in another namespace is about Landfall's own as well. */
async function isAboutOwn(
  session: SideSession,
  { words, place, signal }: { readonly words: string; readonly place: Place; readonly signal: AbortSignal }
): Promise<boolean> {
  const refuser = refuserOf(words);
  if (refuser.by === 'namespace') return false;
  return refuser.by === 'server' || concernsNamespace(session.cluster, refuser, { labels: place.labels, signal });
}

function changed(asked: string, answered: string, where: string): readonly Omit<MoverAnswer, 'name'>[] {
  if (answered === '') return [];
  const changes = changesByAdmission(objectIn(asked), objectIn(answered));
  return changes.length === 0 ? [] : [{ kind: 'changed', why: `${changes.join(', ')} (${where})` }];
}

function podOf({ runId, spec }: Session<never>, one: Asked, namespace: string): string {
  const { mode, jobName, pods: placed, volume, claims } = one;
  const claim = volume === undefined ? {} : { claimName: volume, volumeId: claims[0] ?? '' };
  const request = { namespace, jobName, runId, image: spec.moverImage, mode, timeoutMs: spec.volumes.timeoutMs };
  return JSON.stringify(buildPod({ ...request, ...claim, pods: placed }));
}

type Answer =
  | { readonly kind: 'passed'; readonly text: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'not asked'; readonly why: string };

interface Creation {
  readonly resource: ApiResource;
  readonly namespace: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

async function create(
  { fieldManager, ...session }: SideSession,
  { resource, namespace, text, signal }: Creation
): Promise<Answer> {
  const limit = AbortSignal.timeout(answersWithinMs);
  const options = { fieldManager, dryRun: true, signal: AbortSignal.any([signal, limit]) };
  try {
    const { object } = await session.cluster.create({ resource, namespace, body: text }, options);
    return { kind: 'passed', text: object === undefined ? '' : textOf(object.bytes) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (limit.aborted)
      return { kind: 'not asked', why: `the API server did not answer within ${answersWithinMs / 1000} s` };
    if (!isLandfallError(error)) throw error;
    const { code, what, why = '' } = error.detail;
    const words = why === '' ? what : why;
    if (code === 'CLUSTER_FORBIDDEN') return { kind: 'not asked', why: what };
    if (/does not support dry run/.test(words))
      return { kind: 'not asked', why: 'a webhook with side effects may not be asked in a dry run' };
    if (refusals.has(code) || /failed calling webhook/.test(words)) return { kind: 'refused', why: words };
    if (code === 'NAMESPACE_TERMINATING' || code === 'OBJECT_NOT_FOUND') return { kind: 'not asked', why: words };
    throw error;
  }
}

/** Errors that are the server's word on what it was asked for. */
const refusals: ReadonlySet<string> = new Set([
  'ADMISSION_DENIED',
  'OBJECT_INVALID',
  'QUOTA_EXCEEDED',
  'OBJECT_CONFLICT',
]);

function labelsOf(text: string): Readonly<Record<string, string>> {
  const { metadata } = JSON.parse(text) as {
    readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  };
  return metadata.labels ?? {};
}

function objectIn(text: string): { readonly [key: string]: JsonValue } {
  const value = JSON.parse(text) as JsonValue;
  return isJsonObject(value) ? value : {};
}
