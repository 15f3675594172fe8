import { pointMarkKey, pointRunPrefix } from '../../src/archive/layout.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import { putNamed } from '../../src/archive/stored.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import { errorDetail, isLandfallError, type ErrorDetail } from '../../src/core/errors.ts';
import type { LocationContext, VerifiedPart } from '../../src/core/retention/contract.ts';
import type { VerifiedPoint } from '../../src/core/retention/report.ts';
import type { Finding } from '../../src/core/run/events.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';
import { copyUsed } from './copy.ts';

/** After so long an activity ends between two points: the next one begins with a fresh time limit. */
const partMs = 10 * 60_000;
const findingsMax = 20;
/** Problems of one point that are stored; the number is whole. */
const problemsMax = 200;

interface VerifyRequest {
  readonly context: LocationContext;
  readonly choice: StoredRef;
  /** Index of the first point to read. */
  readonly from: number;
  /** Locations with copies of these points, by which what is damaged is healed; in the order they are asked. */
  readonly heal?: readonly Location[];
}

/**
 * Reads point after point whole, and stores what it found of each; ends after ten minutes, between two points. A repeated
 * attempt goes on with the point at which the last one was. No use of a point is taken, so nothing keeps it from being
 * deleted: one that is marked by the time a problem shows was deleted, not damaged.
 */
export async function verifyPoints(
  location: Location,
  progress: Progress,
  { context, choice, from, heal = [] }: VerifyRequest
): Promise<VerifiedPart> {
  const { signal } = progress;
  const { points } = await loadJson<{ readonly points: readonly string[] }>(location, choice, { signal });
  const startedMs = performance.now();
  let part = (progress.cursor as VerifiedPart | undefined) ?? begun(from);
  while (part.next < points.length && (part.next === from || performance.now() - startedMs < partMs)) {
    const id = points[part.next] ?? '';
    progress.update({ done: part.next, total: points.length, unit: 'points', note: id });
    const point = await verifyHealed({ location, heal, run: context.runId }, progress, id);
    const bytes = Buffer.from(`${JSON.stringify(point)}\n`);
    await putNamed(location, { key: verifiedKey(context.runId, id), bytes }, { signal });
    part = withPoint(part, point);
    progress.checkpoint(part);
  }
  return part;
}

/** What was found of one point: replaced by the same when it is read again. */
export function verifiedKey(run: string, point: string): string {
  return `${pointRunPrefix(run)}/verified/${point}.json`;
}

interface Healing {
  readonly location: Location;
  readonly heal: readonly Location[];
  readonly run: string;
}

/** Verifies a point; what is damaged is given back by the first Locations that have it, and read once more. */
async function verifyHealed({ location, heal, run }: Healing, progress: Progress, id: string): Promise<VerifiedPoint> {
  let point = await verifyPoint(location, progress, id);
  let healed = 0;
  const unhealed: ErrorDetail[] = [];
  for (const from of heal) {
    if (point.state !== 'damaged') break;
    const onProgress = ({ objects, total }: { readonly objects: number; readonly total: number }): void =>
      progress.update({ note: `${id}: heals ${objects} of ${total} objects from ${from.name}` });
    try {
      healed += (await copyUsed({ from, to: location }, progress, { id, run, onProgress })).copiedObjects;
    } catch (error) {
      if (!isLandfallError(error) || error.detail.code === 'CANCELLED') throw error;
      unhealed.push({ ...error.detail, what: `not healed from Location ${from.name}: ${error.detail.what}` });
    }
    point = await verifyPoint(location, progress, id);
  }
  if (point.state !== 'damaged') return healed === 0 ? point : { ...point, healed };
  const problems = [...unhealed, ...point.problems].slice(0, problemsMax);
  return { ...point, problems, problemCount: point.problemCount + unhealed.length };
}

async function verifyPoint(location: Location, progress: Progress, id: string): Promise<VerifiedPoint> {
  const { signal } = progress;
  const onProgress = ({ objects, total }: { readonly objects: number; readonly total: number }): void =>
    progress.update({ note: `${id}: ${objects} of ${total} objects` });
  const { problems, ...read } = await verifyRecoveryPoint(location, id, { signal, onProgress });
  const isGone = problems.length > 0 && (await location.head(pointMarkKey(id), { signal })) !== undefined;
  const state = isGone ? 'deleted' : problems.length > 0 ? 'damaged' : 'whole';
  const reported = isGone ? [] : problems;
  return { id, state, ...read, problemCount: reported.length, problems: reported.slice(0, problemsMax) };
}

function begun(from: number): VerifiedPart {
  return { next: from, whole: 0, damaged: 0, deleted: 0, objects: 0, bytes: 0, volumes: 0, findings: [] };
}

function withPoint(part: VerifiedPart, point: VerifiedPoint): VerifiedPart {
  const { state, objects, bytes, volumes, unopened } = point;
  return {
    ...part,
    next: part.next + 1,
    [state]: part[state] + 1,
    objects: part.objects + objects,
    bytes: part.bytes + bytes,
    volumes: part.volumes + (state === 'whole' ? volumes : 0),
    ...(state === 'whole' && unopened !== undefined ? { unopened: (part.unopened ?? 0) + 1 } : {}),
    findings: [...part.findings, ...findingsOf(point)].slice(0, findingsMax),
  };
}

/** The first problem with how many there are, or what was not read. */
function findingsOf({ id, state, problems, problemCount, volumes, unopened }: VerifiedPoint): Finding[] {
  const subject = `recovery point ${id}`;
  const [first] = problems;
  if (first !== undefined) {
    const more = problemCount > 1 ? ` (and ${problemCount - 1} more problems)` : '';
    return [findingOf('blocker', subject, { ...first, what: `${first.what}${more}` })];
  }
  if (state !== 'whole') return [];
  if (unopened !== undefined)
    return [findingOf('warning', subject, errorDetail('POINT_UNREAD_WITHOUT_KEY', { what: unopened }))];
  if (volumes === 0) return [];
  const what = `the data of ${volumes === 1 ? 'its volume' : `its ${volumes} volumes`} was not read`;
  return [findingOf('warning', subject, errorDetail('RECOVERY_POINT_VOLUMES_UNREAD', { what }))];
}

function findingOf(severity: Finding['severity'], subject: string, { code, what, fix }: ErrorDetail): Finding {
  return { code, severity, subject, message: what, remedy: fix };
}
