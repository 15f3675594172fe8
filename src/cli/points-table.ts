import type { SummarisedPoint } from '../archive/point-summaries.ts';
import type { ErrorDetail } from '../core/errors.ts';
import { shortIds } from '../core/identity/run-id.ts';
import { isLocked, lockText, type LockMode } from '../core/retention/point-lock.ts';
import { isLive } from '../core/retention/point-facts.ts';
import { formatBytes, formatCount, formatDuration } from '../core/run/format.ts';
import { clean } from './render/width.ts';
import { table } from './table.ts';

type PointState = 'complete' | 'partial' | 'deleting' | 'damaged';

/** `complete`: its manifest is there and whole; `partial`: a run has begun it and not committed it. */
function stateOf(point: SummarisedPoint): PointState {
  if (point.markedAtMs !== undefined) return 'deleting';
  if (point.problem !== undefined) return 'damaged';
  return point.committedAtMs === undefined ? 'partial' : 'complete';
}

/** With the lock that is in force; a lock that has ended is nothing a person has to know. */
function stateText(point: SummarisedPoint, nowMs: number): string {
  const { lock } = point;
  return isLocked(lock, nowMs) ? `${stateOf(point)}, ${lockText(lock)}` : stateOf(point);
}

/** Marks of points that are gone are no points. Oldest first, those without a manifest last. */
function shown(points: readonly SummarisedPoint[]): readonly SummarisedPoint[] {
  return points
    .filter(({ committedAtMs, uses }) => committedAtMs !== undefined || uses.length > 0)
    .toSorted((left, right) => (left.committedAtMs ?? Infinity) - (right.committedAtMs ?? Infinity) || 0);
}

/** For people. Ages are by the clock of this machine, and decide nothing. */
export function pointsTable(points: readonly SummarisedPoint[], nowMs: number): string {
  const short = shortIds(points.flatMap(({ id, uses }) => [id, ...uses.map(({ run }) => run)]));
  const rows = shown(points).map((point) => {
    const { manifest, source, committedAtMs, uses } = point;
    const from = committedAtMs ?? uses[0]?.renewedAtMs ?? nowMs;
    return [
      short.get(point.id) ?? point.id,
      clean(manifest?.name ?? '-'),
      clean(source ?? '-'),
      formatDuration(nowMs - from),
      manifest === undefined ? '-' : formatCount(manifest.counts.objects),
      manifest === undefined ? '-' : formatBytes(manifest.counts.rawBytes),
      manifest === undefined ? '-' : volumesText(manifest.counts),
      stateText(point, nowMs),
      uses.map((use) => `${short.get(use.run) ?? use.run}${isLive(use, nowMs) ? '' : ' (silent)'}`).join(', ') || '-',
    ];
  });
  if (rows.length === 0) return 'no recovery points; create one with: landfall migrate -f FILE';
  const listed = table(['POINT', 'NAME', 'SOURCE', 'AGE', 'OBJECTS', 'BYTES', 'VOLUMES', 'STATE', 'USED BY'], rows);
  const unopened = points.find((point) => point.unopened !== undefined)?.unopened;
  return unopened === undefined
    ? listed
    : `${listed}\n\nSOURCE is encrypted and not shown: ${unopened.what} (${unopened.code})`;
}

function volumesText({ volumes, volumeBytes }: { readonly volumes: number; readonly volumeBytes: number }): string {
  return volumes === 0 ? '0' : `${volumes} (${formatBytes(volumeBytes)})`;
}

export interface PointJson {
  readonly id: string;
  readonly state: PointState;
  readonly name?: string;
  readonly source?: string;
  readonly createdAt?: string;
  readonly committedAt?: string;
  readonly markedAt?: string;
  readonly objects?: number;
  readonly rawBytes?: number;
  readonly segmentBytes?: number;
  readonly volumes?: number;
  readonly volumeBytes?: number;
  readonly usedBy: readonly { readonly run: string; readonly renewedAt: string }[];
  /** As it is written in the Location, in force or not. */
  readonly lock?: { readonly mode: LockMode; readonly until: string };
  readonly problem?: ErrorDetail;
}

/** For programs: the same, unrounded, times in RFC 3339. */
export function pointsAsJson(points: readonly SummarisedPoint[]): readonly PointJson[] {
  return shown(points).map((point) => ({
    id: point.id,
    state: stateOf(point),
    ...(point.manifest && {
      name: point.manifest.name,
      ...(point.source !== undefined && { source: point.source }),
      createdAt: point.manifest.createdAt,
      objects: point.manifest.counts.objects,
      rawBytes: point.manifest.counts.rawBytes,
      segmentBytes: point.manifest.counts.segmentBytes,
      volumes: point.manifest.counts.volumes,
      volumeBytes: point.manifest.counts.volumeBytes,
    }),
    ...(point.committedAtMs !== undefined && { committedAt: timeText(point.committedAtMs) }),
    ...(point.markedAtMs !== undefined && { markedAt: timeText(point.markedAtMs) }),
    usedBy: point.uses.map(({ run, renewedAtMs }) => ({ run, renewedAt: timeText(renewedAtMs) })),
    ...(point.lock && { lock: { mode: point.lock.mode, until: timeText(point.lock.untilMs) } }),
    ...(point.problem && { problem: point.problem }),
  }));
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
