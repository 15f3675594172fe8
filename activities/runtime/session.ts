import { AsyncLocalStorage } from 'node:async_hooks';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { LandfallError, type ErrorDetail } from '../../src/core/errors.ts';
import { rolesOf } from '../../src/core/run/roles.ts';
import type { Role, RoleSpec } from '../../src/core/run/roles.ts';
import type { RunSpec } from '../../src/core/spec/spec.ts';
import type { Opens } from '../../src/saga/activity-rows.ts';
import { fieldManagerOf } from '../../src/core/identity/names.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import { createKeptSegments, createSegmentCache, type KeptSegments } from '../../src/archive/segment-cache.ts';
import type { RetryNotice } from '../../src/ports/cluster.ts';
import type { Location } from '../../src/ports/location.ts';
import type { FollowRequest, RequestFollower } from '../../src/ports/remote.ts';
import type { Dependencies } from './dependencies.ts';
import { toTemporalFailure } from './failures.ts';
import { keepUsing, usesOf } from './keep-using.ts';
import { createRoles } from './open-roles.ts';
import { createPool } from './pool.ts';
import { openProgress } from './progress.ts';
import { attemptContinued, attemptFailed, requestRetried } from './telemetry.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { RunPart, Session, Side } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';

/** What an attempt of an activity needs open, and how its failures count. */
export interface Attempt {
  readonly context: RunContext;
  readonly stepId: string;
  readonly opens: Exclude<Opens, 'nothing'>;
  /** Roles to open besides the Location; with `opens: 'location'` none. */
  readonly roles: readonly Role[];
  /** Those of them that are opened only where the run has them. */
  readonly optional?: readonly Role[];
  /** A refusal that may pass is no reason to fail. */
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
/** A run has two clusters, as a rule. */
const idleRoles = { max: 2 * idleRuns.max, ms: idleRuns.ms };

/** The progress of the activity on whose behalf a connection just retries. */
const currentProgress = new AsyncLocalStorage<Progress>();

/** Creates the sessions of a worker: what activities of one run have open is opened once and shared by them. */
export function createSessions(dependencies: Dependencies): OpenSession {
  const runs = createPool<OpenRun>(({ location }) => location.close(), idleRuns);
  const kept = createKeptSegments();
  const useRoles = createRoles(
    {
      openCluster: (spec, role) => dependencies.openCluster(spec, role as Side, noteRetry),
      openLocation: (spec) => dependencies.openLocation(spec, noteRetry),
    },
    idleRoles
  );
  const open = <T>(attempt: Attempt, body: BodyOf<never, T>): Promise<T> =>
    attempted(dependencies, attempt, (progress) => {
      const { context, opens } = attempt;
      const { runId } = context;
      if (opens === 'location')
        return atLocation(dependencies, context, (location) => body(location as never, progress));
      return runs.use(
        runId,
        () => openRun(dependencies, context, kept),
        async (run) => {
          const named = namedBy(run.spec, attempt);
          if (opens === 'run') {
            await dependencies.checkRun?.(run.spec, Object.keys(named) as Role[]);
            await keepUsing(run.location, usesOf({ runId, spec: run.spec }), { signal: progress.signal });
          }
          return useRoles(runId, named, (opened) =>
            body(sessionOf(dependencies, runId, { ...run, ...opened }) as never, progress)
          );
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
    if (failure instanceof ApplicationFailure) notifyFailure(failure);
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

/** Runs a body whose connections report their retries as those of `progress`. */
export function tellingRetries<T>(progress: Progress, body: () => Promise<T>): Promise<T> {
  return currentProgress.run(progress, body);
}

/** Asked right before an effect. Throws WORKER_LOST when the activity it is for may be with another worker by now. */
export function assertNotFenced(): void {
  currentProgress.getStore()?.assertNotFenced();
}

/** Runs an effect that the activity it is for waits for before it ends, whatever becomes of it. */
export function trackEffect<T>(effect: () => Promise<T>): Promise<T> {
  const progress = currentProgress.getStore();
  return progress === undefined ? effect() : progress.trackEffect(effect);
}

/** Reports the running activity that its connection retries. */
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
  received: nothing,
  failed: nothing,
  answered: nothing,
  ended: nothing,
};

function notifyFailure({ details, nonRetryable }: ApplicationFailure): void {
  const [detail] = (details ?? []) as ErrorDetail[];
  if (detail !== undefined) attemptFailed(detail, nonRetryable === true);
}

/** The Location of a run and what is read from it once. */
type OpenRun = Pick<RunPart, 'location' | 'spec' | 'segments'>;

async function openRun(dependencies: Dependencies, context: RunContext, kept: KeptSegments): Promise<OpenRun> {
  const location = await dependencies.openLocation(context.location, noteRetry);
  try {
    const spec = await loadJson<RunSpec>(location, context.spec);
    return { location, spec, segments: createSegmentCache(location, kept) };
  } catch (error) {
    // Nobody else knows of it.
    await location.close().catch(() => undefined);
    throw error;
  }
}

/** What the specification of a run names in some of its roles. Throws INTERNAL for a role that the run does not have. */
function namedBy(spec: RunSpec, { roles, optional = [] }: Attempt): Record<string, RoleSpec> {
  const named = rolesOf(spec);
  const missing = roles.find((role) => named[role] === undefined);
  if (missing !== undefined) throw new LandfallError('INTERNAL', { what: `this run has no ${missing}` });
  return Object.fromEntries(
    [...roles, ...optional].flatMap((role) => {
      const one = named[role];
      return one === undefined ? [] : [[role, one]];
    })
  );
}

function sessionOf(
  { createMover, version }: Dependencies,
  runId: string,
  opened: OpenRun & Partial<Pick<Session, 'source' | 'target'>>
): RunPart {
  const { spec, source, target, location } = opened;
  const parts = { ...(source && { source }), ...(target && { target }), ...(location.seal && { seal: location.seal }) };
  return {
    ...opened,
    runId,
    version,
    fieldManager: fieldManagerOf(runId),
    mover: createMover({ spec, runId, ...parts }),
  };
}
