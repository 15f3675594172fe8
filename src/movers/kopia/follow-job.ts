import { setTimeout as sleep } from 'node:timers/promises';
import { LandfallError } from '../../core/errors.ts';
import { parseOutcome, type MoverLine, type MoverOutcome } from '../../core/volumes/mover-protocol.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { MoveProgress } from '../../ports/volume-mover.ts';
import type { StoredPod } from '../snapshot/kinds.ts';
import { callOptions, listAll, parseObject, type StoredObject } from '../snapshot/objects.ts';
import { events, jobs, pods } from '../snapshot/resources.ts';
import { containerName } from './job-spec.ts';
import { pendingReason, type ExplainingEvent } from './pending-reason.ts';

export interface FollowRequest {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly jobName: string;
  readonly onProgress: (progress: MoveProgress) => void;
  readonly signal?: AbortSignal;
  readonly pollMs: number;
}

export interface StoredJob extends StoredObject {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** How a Job ended: the mover's own words, or what is known without them. */
export interface EndedJob {
  readonly outcome: MoverOutcome | undefined;
  /** Why there is no outcome: reason of the Job and of the container, last state. */
  readonly why: string;
  readonly log: string;
}

/** Lines asked for while it runs; at the end more, for the lists the termination message has no room for. */
const tailLines = 5;
const endLines = 2000;

/** A registry may fail for a moment, and the kubelet asks again; an image missing for this long is missing. */
const imageGraceMs = 45_000;
const imageReasons: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable']);
const imageVerdicts: ReadonlySet<string> = new Set(['InvalidImageName', 'ErrImageNeverPull']);

/**
 * Follows a Job to its end, reporting at every probe what it does or what it waits for. Only reads. Throws CANCELLED when
 * the signal says so, VOLUME_MOVER_FAILED when the Job is gone, MOVER_IMAGE_UNAVAILABLE when its image does not come.
 */
export async function followJob(request: FollowRequest): Promise<EndedJob> {
  const { cluster, namespace, jobName } = request;
  let lastState = '';
  let lastProgress: MoveProgress | undefined;
  const assertImage = openImageWatch();
  const explanations = openExplanations(request);
  for (;;) {
    request.signal?.throwIfAborted();
    const object = await cluster.get({ resource: jobs, namespace, name: jobName }, callOptions(request));
    if (object === undefined) {
      throw new LandfallError('VOLUME_MOVER_FAILED', {
        what: `Job ${namespace}/${jobName} was deleted while it ran`,
        why: lastState,
      });
    }
    const pod = await podOf(request);
    const ended = (parseObject<StoredJob>(object).status?.conditions ?? []).find(
      ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed')
    );
    // The mover's own container says when its work has ended: one that a mesh has put beside it may never end.
    if (ended !== undefined || endOfMover(pod) !== undefined)
      return await readEnd(request, pod, [ended?.reason, ended?.message, lastState].filter(Boolean).join(': '));
    assertImage(pod);
    const progress = await probe({ request, explanations }, pod, lastProgress);
    lastProgress = progress;
    // At its deadline a Job loses its pod: what the pod waited for says more than that it is gone.
    if (progress.message !== '' && (pod !== undefined || lastState === '')) lastState = progress.message;
    request.onProgress(progress);
    await sleep(request.pollMs, undefined, callOptions(request));
  }
}

/** How the mover's own container ended; undefined while it has not. Other containers of the pod do not count. */
export function endOfMover(
  pod: StoredPod | undefined
): { readonly exitCode: number; readonly reason?: string; readonly message?: string } | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name === containerName)?.state?.terminated;
}

/** Kubernetes asks for a missing image for ever: somebody has to say when that is enough. */
function openImageWatch(): (pod: StoredPod | undefined) => void {
  let missingSinceMs: number | undefined;
  return (pod) => {
    const waiting = pod?.status?.containerStatuses?.find(({ name }) => name === containerName)?.state?.waiting;
    const reason = waiting?.reason ?? '';
    const unrecoverable = imageVerdicts.has(reason);
    // Between two pulls the container is "creating" for a moment, which is no good news.
    if (imageReasons.has(reason)) missingSinceMs ??= Date.now();
    else if (waiting === undefined && pod?.status?.phase !== 'Pending') missingSinceMs = undefined;
    if (!unrecoverable && (missingSinceMs === undefined || Date.now() - missingSinceMs < imageGraceMs)) return;
    throw new LandfallError('MOVER_IMAGE_UNAVAILABLE', {
      what: `pod ${pod?.metadata.name ?? ''} cannot pull the mover image`,
      why: `${reason}: ${(waiting?.message ?? '').slice(0, 500)}`,
      ref: `Pod ${pod?.metadata.namespace ?? ''}/${pod?.metadata.name ?? ''}`,
    });
  };
}

/** The pod of a Job; there is one, since a mover has one attempt. */
export async function podOf(
  request: Pick<FollowRequest, 'cluster' | 'namespace' | 'jobName' | 'signal'>
): Promise<StoredPod | undefined> {
  const labelSelector = `batch.kubernetes.io/job-name=${request.jobName}`;
  const found = await listAll<StoredPod>(request, pods, { namespace: request.namespace, labelSelector });
  return found.at(-1);
}

type Explanation = ExplainingEvent & StoredObject & { readonly involvedObject?: { readonly name?: string } };

/** What a pod waits for changes seldom, and the events of a namespace are many: they are not asked for at every probe. */
const eventsEveryMs = 10_000;

function openExplanations(request: FollowRequest): () => Promise<readonly Explanation[]> {
  let last: readonly Explanation[] = [];
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - askedAtMs < eventsEveryMs) return last;
    askedAtMs = performance.now();
    last = await listAll<Explanation>(request, events, { namespace: request.namespace }).catch(() => []);
    return last;
  };
}

interface Looking {
  readonly request: FollowRequest;
  readonly explanations: () => Promise<readonly Explanation[]>;
}

async function probe(
  { request, explanations }: Looking,
  pod: StoredPod | undefined,
  last: MoveProgress | undefined
): Promise<MoveProgress> {
  if (pod?.status?.phase === 'Running' || pod?.status?.phase === 'Succeeded') {
    const line = lastProgressLine(await logOf(request, pod, tailLines));
    if (line !== undefined) return { ...progressOf(line), message: '' };
    return last?.state === 'pending' || last === undefined
      ? { state: 'copying', doneBytes: 0, totalBytes: 0, message: '' }
      : last;
  }
  const about = pod === undefined ? request.jobName : pod.metadata.name;
  const reported = await explanations();
  const message = pendingReason(
    request.jobName,
    pod,
    reported.filter(({ involvedObject }) => involvedObject?.name === about)
  );
  return { state: 'pending', doneBytes: 0, totalBytes: 0, message };
}

async function readEnd(request: FollowRequest, pod: StoredPod | undefined, why: string): Promise<EndedJob> {
  const terminated = endOfMover(pod);
  const log = pod === undefined ? '' : await logOf(request, pod, endLines);
  const outcome = outcomeInLog(log) ?? parseOutcome(terminated?.message ?? '');
  const container =
    terminated === undefined ? '' : `container: ${terminated.reason ?? ''} (exit code ${terminated.exitCode})`;
  return { outcome, why: [why, container].filter((part) => part !== '').join('; '), log };
}

/** The log can be gone or out of reach while everything else works: progress then shows nothing, and that is all. */
async function logOf(request: FollowRequest, pod: StoredPod, lines: number): Promise<string> {
  try {
    return await request.cluster.logs({
      namespace: request.namespace,
      pod: pod.metadata.name,
      container: containerName,
      tailLines: lines,
      ...callOptions(request),
    });
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    return '';
  }
}

function progressOf({ state, doneBytes, totalBytes, files }: ProgressLine): Omit<MoveProgress, 'message'> {
  return { state, doneBytes, totalBytes, ...(files === undefined ? {} : { files }) };
}

type ProgressLine = Extract<MoverLine, { type: 'progress' }>;

function lastProgressLine(log: string): ProgressLine | undefined {
  for (const text of log.split('\n').reverse()) {
    const line = parseLine(text);
    if (line?.type === 'progress') return line;
  }
  return undefined;
}

/** The last line of the log has the same outcome as the termination message, with longer lists. */
function outcomeInLog(log: string): MoverOutcome | undefined {
  const line = parseLine(log.trimEnd().split('\n').at(-1) ?? '');
  return line?.type === 'end' ? line.outcome : undefined;
}

function parseLine(text: string): MoverLine | undefined {
  try {
    return JSON.parse(text) as MoverLine;
  } catch {
    return undefined;
  }
}
