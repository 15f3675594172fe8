import type { Activities } from '../../activities/index.ts';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorCode, ErrorDetail } from '../../src/core/errors.ts';
import { isOpenBlocker } from '../../src/core/findings/waivers.ts';
import type { Finding } from '../../src/core/run/events.ts';
import { rolesOf } from '../../src/core/run/roles.ts';
import { sitesOf } from '../../src/core/run/sites.ts';
import { activities, activitiesAt } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import type { KeepEvents } from '../saga/journal.ts';
import type { Run } from '../saga/run.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { CaptureResult, CapturedScope } from '../../src/core/capture/contract.ts';
import type { PreflightResult } from '../../src/core/preflight/contract.ts';
import type { OpenedPoint } from '../../src/core/capture/opened-point.ts';
import type { DesiredStateSummary } from '../../src/core/planning/contract.ts';

/** What every run over a scope finds before it does something of its own. */
export interface ScopeFound {
  /** What every activity gets, once the specification is stored. */
  context?: RunContext;
  preflight?: PreflightResult;
  /** Where its content comes from, when it captures nothing. */
  point?: OpenedPoint;
  /** Parts of the capture until they are merged; filled again when a step is done again. */
  parts: readonly CaptureResult[];
  captured?: CapturedScope;
  plan?: DesiredStateSummary;
}

type ScopeRun = Run<ScopeFound>;

/**
 * Stores the specification, so that everything after it travels by reference: what every other activity of the run is
 * handed.
 */
export async function openContext(request: Parameters<Activities['openRun']>[0]): Promise<RunContext> {
  const { runId, spec } = request.input;
  const sites = sitesOf(rolesOf(spec));
  const stored = await activitiesAt(sites).openRun(request);
  const { location } = spec;
  return { runId, location, spec: stored, ...(Object.keys(sites).length === 0 ? {} : { sites }) };
}

export function contextOf({ found }: ScopeRun): RunContext {
  return required(found.context, 'context');
}

export function preflightOf({ found }: ScopeRun): PreflightResult {
  return required(found.preflight, 'preflight');
}

export function capturedOf({ found }: ScopeRun): CapturedScope {
  return required(found.captured, 'capture');
}

export function planOf({ found }: ScopeRun): DesiredStateSummary {
  return required(found.plan, 'plan');
}

/** The day the run began: what waivers are judged by, the same for every attempt. */
export function todayOf({ startedAt }: ScopeRun): string {
  return startedAt.slice(0, 10);
}

/** Says every finding; the first open blocker becomes the error of the run. */
export function refusal(
  run: ScopeRun,
  { findings, blockers }: { readonly findings: readonly Finding[]; readonly blockers: number }
): { readonly blocked?: ErrorDetail } {
  for (const finding of findings) run.journal.emit({ type: 'finding', ...finding });
  const worst = findings.find(isOpenBlocker);
  if (worst === undefined) return {};
  const others = blockers > 1 ? ` (and ${blockers - 1} more)` : '';
  const blocked = errorDetail(worst.code as ErrorCode, {
    what: `${worst.subject}: ${worst.message}${others}`,
    fix: worst.remedy,
    ...(worst.side === undefined ? {} : { side: worst.side }),
  });
  return { blocked };
}

/** Keeps events that have no room in the stream beside what else the run stores. */
export function keepEvents({ found: { context } }: ScopeRun): KeepEvents | undefined {
  return context === undefined ? undefined : (events) => activities.keepEvents({ context, events });
}
