import pMap from 'p-map';
import { manifestKey, pointMarkKey, pointRunPrefix } from '../../src/archive/layout.ts';
import { provenList } from '../../src/archive/proven-list.ts';
import { loadJson, storeJson } from '../../src/archive/run-objects.ts';
import { readNamed } from '../../src/archive/stored.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import { isLandfallError } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import type { PruneChoice } from '../../src/core/retention/choose-points.ts';
import type { LocationContext, PruneReportRequest, VerifyReportRequest } from '../../src/core/retention/contract.ts';
import type { CopyReportRequest } from '../../src/core/retention/copy-contract.ts';
import { joinSweeps, pointsReportSchema } from '../../src/core/retention/report.ts';
import type {
  CopiedPoint,
  CopyReport,
  PrunedPoint,
  PruneReport,
  SkippedPoint,
  SweepResult,
  VerifiedPoint,
  VerifyReport,
} from '../../src/core/retention/report.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Location, StoreOptions } from '../../src/ports/location.ts';
import { copiedPointKey } from './copy.ts';
import { verifiedKey } from './verify.ts';
import type { Progress } from '../../src/services/progress.ts';

interface Reporting {
  readonly location: Location;
  readonly progress: Progress;
  /** Of Landfall. */
  readonly version: string;
}

interface Request<T> {
  readonly context: LocationContext;
  readonly request: T;
}

/**
 * Writes the report of a run that deleted points. What it says of each point is what the Location says now; points that went
 * in an attempt that died are in it, by the record that was written before they went. Idempotent by content.
 */
export async function writePruneReport(
  { location, progress, version }: Reporting,
  { context, request }: Request<PruneReportRequest>
): Promise<StoredRef> {
  const options = { signal: progress.signal };
  const { choice, marked, parts, wish, graceMs, objects, bytes } = request;
  const decided = marked ?? choice;
  const chosen = decided === undefined ? [] : await loadJson<readonly PruneChoice[]>(location, decided, options);
  const swept = joinSweeps(await pMap(parts, (part) => loadJson<SweepResult>(location, part, options), several));
  const removed = await removedPoints(location, context.runId, options);
  const report: PruneReport = {
    ...baseOf(version, context, request),
    ...{ kind: 'prune', wish, graceMs },
    points: await pMap(chosen, (point) => withState(location, point, options), several),
    ...(swept === undefined && removed.length === 0
      ? {}
      : { sweep: { ...(swept ?? nothingSwept), points: removed, objects, bytes } }),
  };
  return storeJson({ location, path: `${pointRunPrefix(context.runId)}/report` }, report, options);
}

const several = { concurrency: limits.parallelSegments };

/** Of a sweep whose first part did not come to its end. */
const nothingSwept: SweepResult = {
  ...{ points: [], keptRuns: [], waiting: [], holds: [], objects: 0, bytes: 0, isDone: false },
};

/** Points that the run was going to remove and whose manifest is not there any more. */
async function removedPoints(location: Location, run: string, options: StoreOptions): Promise<readonly string[]> {
  const records = await provenList(location, `${pointRunPrefix(run)}/due/`, options);
  const due = await pMap(
    records,
    ({ key, sizeBytes }) => {
      const sha256 = /([0-9a-f]{64})\.json$/u.exec(key)?.[1] ?? '';
      return loadJson<readonly string[]>(location, { key, sha256, sizeBytes }, options);
    },
    several
  );
  const gone = await pMap(
    [...new Set(due.flat())],
    async (id) => ((await location.head(manifestKey(id), options)) === undefined ? [id] : []),
    several
  );
  return gone.flat().sort();
}

async function withState(location: Location, point: PruneChoice, options: StoreOptions): Promise<PrunedPoint> {
  if (!point.goes) return { ...point, state: 'kept' };
  if ((await location.head(pointMarkKey(point.id), options)) === undefined) return { ...point, state: 'kept' };
  const isThere = (await location.head(manifestKey(point.id), options)) !== undefined;
  return { ...point, state: isThere ? 'marked' : 'removed' };
}

/** Writes the report of a run that read points, with everything that it found. Idempotent by content. */
export async function writeVerifyReport(
  { location, progress, version }: Reporting,
  { context, request }: Request<VerifyReportRequest>
): Promise<StoredRef> {
  const options = { signal: progress.signal };
  const { choice } = request;
  const { points, skipped } =
    choice === undefined ? { points: [], skipped: [] } : await loadJson<VerifyChoice>(location, choice, options);
  const found = await pMap(
    points,
    (id) => readRecord<VerifiedPoint>(location, verifiedKey(context.runId, id), options),
    several
  );
  const report: VerifyReport = {
    ...baseOf(version, context, request),
    kind: 'verify',
    points: found.flatMap((point) => point ?? []),
    skipped: [...skipped, ...unreached(points, found)],
  };
  return storeJson({ location, path: `${pointRunPrefix(context.runId)}/report` }, report, options);
}

/** Writes the report of a run that copied points, with what became of each. Idempotent by content. */
export async function writeCopyReport(
  { location, progress, version }: Reporting,
  { context, request }: Request<CopyReportRequest>
): Promise<StoredRef> {
  const options = { signal: progress.signal };
  const { choice, target } = request;
  const { points, skipped } =
    choice === undefined ? { points: [], skipped: [] } : await loadJson<VerifyChoice>(location, choice, options);
  const found = await pMap(
    points,
    (id) => readRecord<CopiedPoint>(location, copiedPointKey(context.runId, id), options),
    several
  );
  const report: CopyReport = {
    ...baseOf(version, context, request),
    ...{ kind: 'copy', target },
    points: found.flatMap((point) => point ?? []),
    skipped: [...skipped, ...unreached(points, found)],
  };
  return storeJson({ location, path: `${pointRunPrefix(context.runId)}/report` }, report, options);
}

/** Points of a run that ended before it came to them. */
function unreached(points: readonly string[], found: readonly unknown[]): readonly SkippedPoint[] {
  return points.flatMap((id, at) => (found[at] === undefined ? [{ id, why: 'the run ended before' }] : []));
}

interface VerifyChoice {
  readonly points: readonly string[];
  readonly skipped: readonly SkippedPoint[];
}

/** What was stored of one point. The caller knows the type: the key says it. */
async function readRecord<T>(location: Location, key: string, options: StoreOptions): Promise<T | undefined> {
  try {
    return JSON.parse(Buffer.from(await readNamed(location, key, options)).toString('utf8')) as T;
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}

type Base = Omit<PruneReport, 'kind' | 'wish' | 'graceMs' | 'points' | 'sweep'>;

function baseOf(version: string, { runId, location }: LocationContext, request: VerifyReportRequest): Base {
  const { outcome, exitCode, asked, startedAt, finishedAt, phases } = request;
  const error: ErrorDetail | undefined = request.error;
  return {
    ...{ schema: pointsReportSchema, run: runId, location: location.name, landfall: version, asked },
    ...{ started: startedAt, finished: finishedAt, outcome, exitCode, phases },
    ...(error === undefined ? {} : { error }),
  };
}
