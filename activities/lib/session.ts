import { AsyncLocalStorage } from 'node:async_hooks';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { RunContext } from '../../src/core/migration/contract.ts';
import type { ClusterSpec, MigrationSpec } from '../../src/core/spec/spec.ts';
import type { Opens } from '../../src/saga/activity-rows.ts';
import { fieldManagerOf } from '../../src/core/identity/names.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import { createKeptSegments, createSegmentCache, type KeptSegments } from '../../src/archive/segment-cache.ts';
import type { SegmentCache } from '../../src/archive/segment-cache.ts';
import type { Cluster, RetryNotice } from '../../src/ports/cluster.ts';
import type { Location } from '../../src/ports/location.ts';
import type { FollowRequest, RequestFollower } from '../../src/ports/remote.ts';
import type { VolumeMover } from '../../src/ports/volume-mover.ts';
import type { Dependencies, Side } from './dependencies.ts';
import { toTemporalFailure } from './failures.ts';
import { keepUsing } from './keep-using.ts';
import { createPool } from './pool.ts';
import { openProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { attemptContinued, attemptFailed, requestRetried } from './telemetry.ts';

/** What works on the target of a run. */
export interface TargetSession {
  readonly runId: string;
  readonly spec: MigrationSpec;
  readonly location: Location;
  readonly target: Cluster;
  readonly mover: VolumeMover;
  readonly version: string;
  /** By this name in managedFields an object is known as made by this run. */
  readonly fieldManager: string;
  /** Verified segments of the location: batches follow each other through the same ones. */
  readonly segments: SegmentCache;
}

/** Everything an activity of one run works with. */
export interface Session extends TargetSession {
  readonly source: Cluster;
}

/** What planning works with. Of a recovery point the source is not asked: what its manifest does not say is unknown. */
export interface PlanSession extends TargetSession {
  readonly source: Cluster | undefined;
}

/** What an attempt of an activity needs open, and how its failures count. */
export interface Attempt {
  readonly context: RunContext;
  readonly stepId: string;
  readonly opens: Exclude<Opens, 'nothing'>;
  /** A refusal that may pass is no reason to give up. */
  readonly isCompensation: boolean;
}

type BodyOf<Opened, T> = (opened: Opened, progress: Progress) => Promise<T>;

/** Runs an activity's body with what it needs open, its progress and error mapping. */
export interface OpenSession {
  <T>(attempt: Attempt & { readonly opens: 'location' }, body: BodyOf<Location, T>): Promise<T>;
  <T>(attempt: Attempt & { readonly opens: 'run' | 'ended-run' }, body: BodyOf<Session, T>): Promise<T>;
  <T>(attempt: Attempt, body: BodyOf<Session & Location, T>): Promise<T>;
}

/** Runs whose connections stay open although no activity of theirs is at work; those at work keep theirs in any case. */
const idleRuns = { max: 8, ms: 10_000 };

/** The progress of the activity on whose behalf a connection just retries. */
const currentProgress = new AsyncLocalStorage<Progress>();

/** Creates the sessions of a worker: clusters and locations are opened once a run and shared by its activities. */
export function createSessions(dependencies: Dependencies): OpenSession {
  const pool = createPool(close, idleRuns);
  const kept = createKeptSegments();
  const open = <T>(attempt: Attempt, body: BodyOf<never, T>): Promise<T> =>
    attempted(dependencies, attempt, (progress) => {
      const { context, opens } = attempt;
      if (opens === 'location')
        return atLocation(dependencies, context, (location) => body(location as never, progress));
      return pool.use(
        context.runId,
        () => openSession(dependencies, context, kept),
        async (session) => {
          if (opens === 'run') await keepUsing(session.location, context.runId, { signal: progress.signal });
          return body(session as never, progress);
        }
      );
    });
  return open;
}

async function attempted<T>(
  { contactMs }: Dependencies,
  { stepId, isCompensation }: Attempt,
  body: (progress: Progress) => Promise<T>
): Promise<T> {
  const progress = openProgress(stepId, contactMs);
  try {
    const { attempt } = Context.current().info;
    if (attempt > 1) attemptContinued(attempt, progress.cursor !== undefined);
    return await tellingRetries(progress, () => body(progress));
  } catch (error) {
    const failure = toTemporalFailure(error, isCompensation);
    if (failure instanceof ApplicationFailure) tellFailure(failure);
    throw failure;
  } finally {
    await progress.stop();
  }
}

/** No cluster is opened, so it works where a kubeconfig does not. */
async function atLocation<T>(
  { openLocation }: Dependencies,
  { location }: RunContext,
  body: (location: Location) => Promise<T>
): Promise<T> {
  const opened = await openLocation(location, noteRetry);
  try {
    return await body(opened);
  } finally {
    await opened.close();
  }
}

/** Runs a body whose connections tell their retries as those of `progress`. */
export function tellingRetries<T>(progress: Progress, body: () => Promise<T>): Promise<T> {
  return currentProgress.run(progress, body);
}

/** Asked right before an effect. Throws WORKER_LOST when the activity it is for may be with another worker by now. */
export function mayAct(): void {
  currentProgress.getStore()?.mayAct();
}

/** Runs an effect that the activity it is for waits for before it ends, whatever becomes of it. */
export function acting<T>(act: () => Promise<T>): Promise<T> {
  const progress = currentProgress.getStore();
  return progress === undefined ? act() : progress.acting(act);
}

/** Tells the running activity that its connection retries. */
export function noteRetry(notice: RetryNotice): void {
  const progress = currentProgress.getStore();
  if (progress === undefined) return;
  progress.retry(notice);
  requestRetried(notice);
}

/** Follows a request of the running activity, so that the activity can say who does not answer. */
export const followRequest: FollowRequest = (request) => currentProgress.getStore()?.asks(request) ?? nobodyFollows;

const nothing = (): void => undefined;
const nobodyFollows: RequestFollower = {
  sent: nothing,
  heard: nothing,
  failed: nothing,
  answered: nothing,
  ended: nothing,
};

function tellFailure({ details, nonRetryable }: ApplicationFailure): void {
  const [detail] = (details ?? []) as ErrorDetail[];
  if (detail !== undefined) attemptFailed(detail, nonRetryable === true);
}

async function openSession(dependencies: Dependencies, context: RunContext, kept: KeptSegments): Promise<Session> {
  const location = await dependencies.openLocation(context.location, noteRetry);
  return closingOnFailure([location], async (opened) => {
    const spec = await loadJson<MigrationSpec>(location, context.spec);
    const open = (which: ClusterSpec, side: Side) => dependencies.openCluster(which, side, noteRetry);
    const both = await Promise.allSettled([open(spec.source, 'source'), open(spec.target, 'target')]);
    opened.push(...both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    const [source, target] = both.map(valueOf) as [Cluster, Cluster];
    return sessionOf(dependencies, context, { location, spec, source, target, kept });
  });
}

/** What was opened before something failed is closed again: nobody else knows of it. */
async function closingOnFailure<T>(
  opened: { close(): Promise<void> }[],
  body: (opened: { close(): Promise<void> }[]) => Promise<T>
): Promise<T> {
  try {
    return await body(opened);
  } catch (error) {
    await Promise.allSettled(opened.map((one) => one.close()));
    throw error;
  }
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'fulfilled') return settled.value;
  throw settled.reason;
}

interface Opened extends Pick<Session, 'location' | 'spec' | 'source' | 'target'> {
  readonly kept: KeptSegments;
}

function sessionOf(
  dependencies: Dependencies,
  { runId }: RunContext,
  { location, spec, source, target, kept }: Opened
): Session {
  return {
    runId,
    spec,
    location,
    source,
    target,
    mover: dependencies.createMover({ spec, runId, source, target }),
    version: dependencies.version,
    fieldManager: fieldManagerOf(runId),
    segments: createSegmentCache(location, kept),
  };
}

async function close(session: Session): Promise<void> {
  await Promise.all([session.location.close(), session.source.close(), session.target.close()]);
}
