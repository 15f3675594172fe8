import { LandfallError, type ErrorDetail } from '../../core/errors.ts';
import type { ContentSeal } from '../../ports/content-seal.ts';
import type { LocationSpec, MoverPodsSpec } from '../../core/spec/spec.ts';
import { fieldManagerOf, isLabelledBy, prepareJobName } from '../../core/identity/names.ts';
import type { MoverConfig, MoverResult } from '../../core/volumes/mover-protocol.ts';
import type { ResolveSecret, S3Credentials } from '../../locations/provider.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Failpoints } from '../../ports/failpoints.ts';
import { prepareTimeoutMs } from '../../ports/volume-mover.ts';
import type { DownloadRequest, MoveProgress, MoveRequest, MoveResult, VolumeMover } from '../../ports/volume-mover.ts';
import { parseObject, read, removeAndWait, type StoredObject, type VolumeContext } from '../snapshot/objects.ts';
import { jobs, secrets } from '../snapshot/resources.ts';
import { podRoute } from './pod-route.ts';
import { mergePods, type MoverPlacement } from '../../core/volumes/mover-pods.ts';
import { createRedactor } from '../../host/redact.ts';
import { repositoryConnection, repositoryPassword } from './connection.ts';
import { endOfMover, followJob, podOf, type EndedJob, type StoredJob } from './follow-job.ts';
import { buildJob, buildSecret, podPaths, type JobRequest } from './job-spec.ts';
import { secretsOf } from './secrets.ts';

export interface KopiaMoverOptions {
  /** The clusters that are open: a Job of another one throws INTERNAL. */
  readonly source?: Cluster;
  readonly target?: Cluster;
  readonly location: LocationSpec;
  /** Of the Location, where its content is sealed. */
  readonly seal?: ContentSeal;
  readonly landfallNamespace: string;
  readonly image: string;
  readonly runId: string;
  readonly failpoints: Failpoints;
  readonly resolveSecret: ResolveSecret;
  readonly defaultS3Credentials?: () => Promise<S3Credentials>;
  /** Between two looks at a Job; default 1 s. */
  readonly pollMs?: number;
  /** Files a Job reads or writes at the same time; default 4. */
  readonly parallel?: number;
  /** What the file says of the pods: `volumes.movers`. */
  readonly pods?: MoverPodsSpec;
}

type Side = 'source' | 'target';
type Work = Pick<MoverConfig, 'mode' | 'volumeId' | 'snapshotId' | 'metadataSnapshotId' | 'rereadAll'>;

interface Start {
  readonly side: Side;
  readonly job: JobRequest;
  readonly work: Work;
  readonly onProgress: (progress: MoveProgress) => void;
  readonly signal?: AbortSignal;
}

const removeTimeoutMs = 120_000;

/** Makes the mover that runs kopia in Jobs of Landfall's own namespace. See the port for the contract. */
export function createKopiaMover(options: KopiaMoverOptions): VolumeMover {
  return {
    async prepareRepository({ cluster = 'source', signal, onProgress, placement, timeoutMs = prepareTimeoutMs }) {
      const jobName = prepareJobName(options.runId);
      const job: JobRequest = { ...common(options, placement), jobName, mode: 'prepare', timeoutMs };
      const ignore = (): void => undefined;
      await runJob(options, {
        side: cluster,
        job,
        work: { mode: 'prepare' },
        onProgress: onProgress ?? ignore,
        ...(signal === undefined ? {} : { signal }),
      });
      await removeJob(options, cluster, jobName);
    },
    upload: (request) => {
      const { volumeId, claimUid, rereadAll = false } = request;
      const identity = claimUid === undefined ? volumeId : `${volumeId}/${claimUid}`;
      return move(options, request, { mode: 'upload', volumeId: identity, rereadAll });
    },
    download: (request: DownloadRequest) => {
      const { volumeId, snapshotId, metadataSnapshotId } = request;
      return move(options, request, { mode: 'download', volumeId, snapshotId, metadataSnapshotId });
    },
    remove: ({ cluster, jobName }) => removeJob(options, cluster, jobName),
  };
}

function clusterOf(options: KopiaMoverOptions, side: Side): Cluster {
  const cluster = options[side];
  if (cluster !== undefined) return cluster;
  throw new LandfallError('INTERNAL', { what: `the ${side} is not open for the mover` });
}

function common(
  options: KopiaMoverOptions,
  placement?: MoverPlacement
): Pick<JobRequest, 'namespace' | 'runId' | 'image' | 'pods'> {
  const { landfallNamespace: namespace, runId, image, pods } = options;
  return { namespace, runId, image, pods: mergePods(pods, placement) };
}

async function move(options: KopiaMoverOptions, request: MoveRequest, work: Work): Promise<MoveResult> {
  const { jobName, claimName, volumeId, timeoutMs, placement } = request;
  const job = { jobName, claimName, volumeId, timeoutMs, mode: work.mode };
  const result = await runJob(options, {
    side: request.cluster,
    job: { ...common(options, placement), runId: request.runId, ...job },
    work,
    onProgress: request.onProgress,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  request.onProgress({ state: 'done', doneBytes: result.sizeBytes, totalBytes: result.sizeBytes, message: '' });
  return result;
}

/** Starts the Job unless it is there, follows it, and gives its result or throws its error. */
async function runJob(options: KopiaMoverOptions, start: Start): Promise<MoverResult> {
  const config = await configOf(options, start.work);
  const cluster = clusterOf(options, start.side);
  await removeFailed(options, start);
  await startJob(options, start, config);
  const ended = await followJob({
    cluster,
    namespace: start.job.namespace,
    jobName: start.job.jobName,
    onProgress: start.onProgress,
    pollMs: options.pollMs ?? 1000,
    ...(start.signal === undefined ? {} : { signal: start.signal }),
  });
  if (ended.outcome?.ok === true) return ended.outcome.result;
  throw failureOf(start, ended, secretsOf(config));
}

/** A Job found failed on arrival is an earlier attempt's: whoever calls again wants another one. */
async function removeFailed(options: KopiaMoverOptions, { side, job, signal }: Start): Promise<void> {
  const existing = await readJob(clusterOf(options, side), job, signal);
  if (existing === undefined) return;
  const { namespace, jobName } = job;
  const failed = existing.status?.conditions?.some(({ type, status }) => type === 'Failed' && status === 'True');
  // Beside a container that does not end, a Job goes on although its mover has failed.
  const pod = await podOf({
    cluster: clusterOf(options, side),
    namespace,
    jobName,
    ...(signal === undefined ? {} : { signal }),
  });
  if (failed === true || (endOfMover(pod)?.exitCode ?? 0) !== 0) await removeJob(options, side, job.jobName);
}

/** Suspended Job, then its Secret, then go: in any other order a crash leaves a Secret that nobody owns. */
async function startJob(options: KopiaMoverOptions, { side, job, signal }: Start, config: MoverConfig): Promise<void> {
  const cluster = clusterOf(options, side);
  const { namespace, jobName } = job;
  const write = { fieldManager: fieldManagerOf(options.runId), ...(signal === undefined ? {} : { signal }) };
  const effect = { name: 'mover.start', subject: `${side}/${namespace}/${jobName}` };
  await options.failpoints.before(effect);
  await cluster.create({ resource: jobs, namespace, body: JSON.stringify(buildJob(job)) }, write);
  const stored = await readJob(cluster, job, signal);
  if (stored === undefined) {
    throw new LandfallError('VOLUME_MOVER_FAILED', {
      what: `Job ${namespace}/${jobName} disappeared after it was created`,
    });
  }
  if (!isLabelledBy(job.runId, stored.metadata)) {
    const what = `Job ${namespace}/${jobName} exists and does not belong to this run`;
    throw new LandfallError('OBJECT_CONFLICT', { what, ref: `Job ${namespace}/${jobName}` });
  }
  if (stored.spec?.suspend !== true) return;
  const secret = JSON.stringify(buildSecret(job, stored.metadata.uid, config));
  const written = await cluster.create({ resource: secrets, namespace, body: secret }, write);
  if (written.outcome === 'exists')
    await replaceStaleSecret(options, side, { job, jobUid: stored.metadata.uid, secret });
  const patch = JSON.stringify({ spec: { suspend: false } });
  await cluster.patch(
    { resource: jobs, namespace, name: jobName, patch },
    { ...write, contentType: 'application/merge-patch+json' }
  );
  await options.failpoints.after(effect);
}

/** A Secret of a Job that is gone is on its way to be collected; it may hold credentials that have expired. */
async function replaceStaleSecret(
  options: KopiaMoverOptions,
  side: Side,
  { job, jobUid, secret }: { readonly job: JobRequest; readonly jobUid: string; readonly secret: string }
): Promise<void> {
  const cluster = clusterOf(options, side);
  const object = await cluster.get({ resource: secrets, namespace: job.namespace, name: job.jobName });
  const existing = object === undefined ? undefined : parseObject(object);
  const owned = existing?.metadata.ownerReferences?.some(({ uid }) => uid === jobUid) === true;
  if (owned) return;
  await removeAndWait(contextOf(options, side), { resource: secrets, object: existing });
  await cluster.create(
    { resource: secrets, namespace: job.namespace, body: secret },
    { fieldManager: fieldManagerOf(options.runId) }
  );
}

/** Deletes the Job with its pods and waits for them: a pod that has ended still protects its claim. */
async function removeJob(options: KopiaMoverOptions, side: Side, jobName: string): Promise<void> {
  const cluster = clusterOf(options, side);
  const namespace = options.landfallNamespace;
  const effect = { name: 'mover.remove', subject: `${side}/${namespace}/${jobName}` };
  const job = await readJob(cluster, { namespace, jobName });
  if (job !== undefined && isLabelledBy(options.runId, job.metadata)) {
    await options.failpoints.before(effect);
    const answer = await cluster.delete(
      { resource: jobs, namespace, name: jobName },
      { uid: job.metadata.uid, propagation: 'Foreground' }
    );
    if (answer !== 'absent') {
      await cluster.waitFor({
        resource: jobs,
        namespace,
        name: jobName,
        until: (object) => object === undefined || parseObject(object).metadata.uid !== job.metadata.uid,
        describe: () => `Job ${namespace}/${jobName} is being deleted with its pod`,
        timeoutMs: removeTimeoutMs,
      });
    }
    await options.failpoints.after(effect);
  }
  const secret = await cluster.get({ resource: secrets, namespace, name: jobName });
  if (secret === undefined) return;
  const parsed = parseObject<StoredObject>(secret);
  if (isLabelledBy(options.runId, parsed.metadata))
    await removeAndWait(contextOf(options, side), { resource: secrets, object: parsed });
}

async function readJob(
  cluster: Cluster,
  { namespace, jobName }: Pick<JobRequest, 'namespace' | 'jobName'>,
  signal?: AbortSignal
): Promise<StoredJob | undefined> {
  const context = { cluster, ...(signal === undefined ? {} : { signal }) };
  return read<StoredJob>(context, { resource: jobs, namespace, name: jobName });
}

function contextOf(options: KopiaMoverOptions, side: Side): VolumeContext {
  return { cluster: clusterOf(options, side), runId: options.runId, timeoutMs: removeTimeoutMs };
}

async function configOf(options: KopiaMoverOptions, work: Work): Promise<MoverConfig> {
  const { location, resolveSecret, defaultS3Credentials } = options;
  const chain = defaultS3Credentials === undefined ? {} : { defaultS3Credentials };
  const repository = await repositoryConnection({ location, resolveSecret, ...chain });
  const password = await repositoryPassword(location, resolveSecret, options.seal);
  return {
    ...work,
    repository,
    password,
    ...podRoute(location),
    runId: options.runId,
    volumePath: podPaths.volume,
    scratchPath: `${podPaths.scratch}/run`,
    resultPath: podPaths.result,
    kopia: 'kopia',
    parallel: options.parallel ?? 4,
  };
}

/** About the claim that people know; the Job, which goes away with the run, is where to look. */
function failureOf({ job }: Start, ended: EndedJob, secretValues: readonly string[]): LandfallError {
  const { text } = createRedactor(secretValues);
  const place = `Job ${job.namespace}/${job.jobName}`;
  const ref = job.volumeId === undefined ? place : `PersistentVolumeClaim ${job.volumeId}`;
  const detail: ErrorDetail | undefined = ended.outcome?.ok === false ? ended.outcome.error : undefined;
  if (detail !== undefined) {
    const why = detail.why === undefined ? place : `${place}: ${text(detail.why)}`;
    return new LandfallError(detail.code, {
      what: `${ref}: ${text(detail.what)}`,
      why,
      fix: detail.fix,
      ref,
    });
  }
  const lines = text(ended.log.trim().split('\n').slice(-5).join('; ')).slice(-1000);
  const why = [ended.why, lines].filter((part) => part !== '').join('; ');
  return new LandfallError('VOLUME_MOVER_FAILED', {
    what: `${ref}: the ${job.mode} ended without a result`,
    why: `${place}: ${why}`,
    ref,
  });
}
