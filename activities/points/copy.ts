import { copyRecoveryPoint, type CopyCounts } from '../../src/archive/copy-point.ts';
import { pointRunPrefix } from '../../src/archive/layout.ts';
import { isIntegrityError } from '../../src/archive/point-trust.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import { putNamed } from '../../src/archive/stored.ts';
import { refuseDuringSweep, releasePoint, usePoint } from '../../src/archive/use-point.ts';
import { isLandfallError, type ErrorDetail } from '../../src/core/errors.ts';
import type { LocationContext } from '../../src/core/retention/contract.ts';
import type { CopiedPart } from '../../src/core/retention/copy-contract.ts';
import type { CopiedPoint } from '../../src/core/retention/report.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';

/** After so long an activity ends between two points: the next one begins with a fresh time limit. */
const partMs = 10 * 60_000;
const findingsMax = 20;

interface CopyRequest {
  readonly context: LocationContext;
  readonly choice: StoredRef;
  /** Index of the first point to copy. */
  readonly from: number;
  readonly target: LocationSpec;
  readonly rereadVolumes?: boolean;
}

/** Where points are, and how the other Location is opened. */
interface CopyEnds {
  readonly from: Location;
  readonly open: (spec: LocationSpec) => Promise<Location>;
}

/**
 * Copies point after point, and stores what became of each; ends after ten minutes, between two points. A repeated attempt goes
 * on with the point at which the last one was, and sends nothing of it again. A point that is damaged where it comes from is
 * reported and the others are still copied; whatever else is in the way fails the activity.
 */
export async function copyPoints(
  { from, open }: CopyEnds,
  progress: Progress,
  request: CopyRequest
): Promise<CopiedPart> {
  const to = await open(request.target);
  try {
    return await copyPart({ from, to }, progress, request);
  } finally {
    await to.close();
  }
}

interface Ends {
  readonly from: Location;
  readonly to: Location;
}

async function copyPart(
  ends: Ends,
  progress: Progress,
  { context, choice, from, rereadVolumes = false }: CopyRequest
): Promise<CopiedPart> {
  const { signal } = progress;
  const { points } = await loadJson<{ readonly points: readonly string[] }>(ends.from, choice, { signal });
  const startedMs = performance.now();
  let part = (progress.cursor as CopiedPart | undefined) ?? begun(from);
  while (part.next < points.length && (part.next === from || performance.now() - startedMs < partMs)) {
    const id = points[part.next] ?? '';
    progress.update({ done: part.next, total: points.length, unit: 'points', note: id });
    const point = await copyOne(ends, progress, { id, run: context.runId, rereadVolumes });
    const bytes = Buffer.from(`${JSON.stringify(point)}\n`);
    await putNamed(ends.from, { key: copiedPointKey(context.runId, id), bytes }, { signal });
    part = withPoint(part, point);
    progress.checkpoint(part);
  }
  return part;
}

/** What became of one point: replaced by the same when it is copied again. */
export function copiedPointKey(run: string, point: string): string {
  return `${pointRunPrefix(run)}/copied/${point}.json`;
}

interface CopiedId {
  readonly id: string;
  readonly run: string;
  readonly rereadVolumes?: boolean;
}

async function copyOne(ends: Ends, progress: Progress, one: CopiedId): Promise<CopiedPoint> {
  const { id } = one;
  const onProgress = ({ objects, total }: { readonly objects: number; readonly total: number }): void =>
    progress.update({ note: `${id}: ${objects} of ${total} objects` });
  try {
    return { id, state: 'copied', ...(await copyUsed(ends, progress, { ...one, onProgress })) };
  } catch (error) {
    if (isLandfallError(error, 'RECOVERY_POINT_DELETED')) return failed(id, 'deleted', error.detail);
    if (isIntegrityError(error)) return failed(id, 'failed', error.detail);
    throw error;
  }
}

interface CopyOne extends CopiedId {
  /** The run uses the point where it is, for all of its time. */
  readonly isOwn?: boolean;
  readonly onProgress: (done: { readonly objects: number; readonly total: number }) => void;
}

/**
 * Copies a point that the run says it uses, on both sides, so that neither is deleted meanwhile and no sweep takes what has no
 * manifest yet. What an attempt leaves when it fails is looked at again by the next, under a use of its own.
 */
export async function copyUsed(
  { from, to }: Ends,
  { signal }: Pick<Progress, 'signal'>,
  { id, run, isOwn = false, rereadVolumes = false, onProgress }: CopyOne
): Promise<CopyCounts> {
  const use = { point: id, run };
  try {
    if (!isOwn) await usePoint(from, use, { signal });
    await usePoint(to, use, { signal });
    await refuseDuringSweep(to, use, { signal });
    return await copyRecoveryPoint({ from, to }, id, { run, signal, nowMs: Date.now(), rereadVolumes, onProgress });
  } finally {
    // Also where the signal has been given: a use that stays keeps the point from being deleted.
    await Promise.allSettled([isOwn ? undefined : releasePoint(from, use), releasePoint(to, use)]);
  }
}

const nothing: CopyCounts = { objects: 0, bytes: 0, copiedObjects: 0, copiedBytes: 0, healed: 0 };

function failed(id: string, state: CopiedPoint['state'], problem: ErrorDetail): CopiedPoint {
  return { id, state, ...nothing, problem };
}

function begun(from: number): CopiedPart {
  return { next: from, whole: 0, failed: 0, deleted: 0, ...nothing, findings: [] };
}

function withPoint(part: CopiedPart, point: CopiedPoint): CopiedPart {
  const { state, problem } = point;
  const finding = problem && {
    ...{ code: problem.code, severity: state === 'failed' ? ('blocker' as const) : ('warning' as const) },
    ...{ subject: `recovery point ${point.id}`, message: problem.what, remedy: problem.fix },
  };
  return {
    next: part.next + 1,
    whole: part.whole + (state === 'copied' ? 1 : 0),
    failed: part.failed + (state === 'failed' ? 1 : 0),
    deleted: part.deleted + (state === 'deleted' ? 1 : 0),
    objects: part.objects + point.objects,
    bytes: part.bytes + point.bytes,
    copiedObjects: part.copiedObjects + point.copiedObjects,
    copiedBytes: part.copiedBytes + point.copiedBytes,
    healed: part.healed + point.healed,
    findings: [...part.findings, ...(finding === undefined ? [] : [finding])].slice(0, findingsMax),
  };
}
