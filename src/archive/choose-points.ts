import { errorDetail, LandfallError, type ErrorDetail } from '../core/errors.ts';
import { ambiguousId, idsWrittenAs } from '../core/identity/run-id.ts';
import { choosePruned, whyNotDeleted, type PruneChoice } from '../core/retention/choose-points.ts';
import { chooseTierPruned } from '../core/retention/choose-tier.ts';
import type { PruneWish } from '../core/retention/contract.ts';
import type { PointFacts } from '../core/retention/point-facts.ts';
import type { SkippedPoint } from '../core/retention/report.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { listPointFacts } from './point-facts.ts';
import { summarisePoints } from './point-summaries.ts';
import { readEarlierClock } from './store-clock.ts';

/**
 * Lists the points of a Location, whole and proven, and decides which of them are deleted. Changes nothing. Points that were
 * named are refused all together, with every reason, when one of them must not go.
 */
export async function chooseDeleted(
  location: Location,
  wish: PruneWish,
  options: StoreOptions = {}
): Promise<readonly PruneChoice[]> {
  if (wish.by === 'mark') return [];
  if (wish.by === 'name') return chooseNamed(location, wish.names, options);
  const points = await summarisePoints(location, await listPointFacts(location, options), options);
  const nowMs = await readEarlierClock(location, options);
  return wish.by === 'tier' ? chooseTierPruned(points, wish.tier, nowMs) : choosePruned(points, wish.policy, nowMs);
}

async function chooseNamed(
  location: Location,
  names: readonly string[],
  options: StoreOptions
): Promise<readonly PruneChoice[]> {
  const facts = await presentPoints(location, options);
  const { ids, problems } = resolveNames(location, names, facts);
  const wanted = facts.filter(({ id }) => ids.includes(id));
  const nowMs = await readEarlierClock(location, options);
  const refusals = (await summarisePoints(location, wanted, options)).flatMap(
    (point) => whyNotDeleted(point, nowMs) ?? []
  );
  throwFirst([...problems, ...refusals]);
  return wanted.map(({ id }) => ({ id, goes: true, why: 'named' }));
}

/**
 * Chooses the points that are to be read whole: those named, or every complete one. Says why the others are not. A name has to
 * be that of a complete point: throws RECOVERY_POINT_NOT_FOUND, or RECOVERY_POINT_DELETED for one that is marked.
 */
export async function chooseVerified(
  location: Location,
  names: readonly string[],
  options: StoreOptions = {}
): Promise<{ readonly points: readonly string[]; readonly skipped: readonly SkippedPoint[] }> {
  const facts = await presentPoints(location, options);
  const isComplete = ({ markedAtMs, committedAtMs }: PointFacts): boolean =>
    markedAtMs === undefined && committedAtMs !== undefined;
  if (names.length > 0) {
    const { ids, problems } = resolveNames(location, names, facts);
    const named = facts.filter(({ id }) => ids.includes(id));
    const incomplete = named.filter((point) => !isComplete(point));
    throwFirst([...problems, ...incomplete.map((point) => whyNotVerified(location, point))]);
    return { points: named.map(({ id }) => id), skipped: [] };
  }
  const skipped = facts
    .filter((point) => !isComplete(point))
    .map(({ id, markedAtMs }) => ({
      id,
      why: markedAtMs === undefined ? 'a run has begun it and not committed it' : 'it is marked for deletion',
    }));
  return { points: facts.filter(isComplete).map(({ id }) => id), skipped };
}

/** Marks of points that are gone are no points. */
async function presentPoints(location: Location, options: StoreOptions): Promise<readonly PointFacts[]> {
  const facts = await listPointFacts(location, options);
  return facts.filter(({ committedAtMs, uses }) => committedAtMs !== undefined || uses.length > 0);
}

interface Resolved {
  readonly ids: readonly string[];
  /** Of names that no point has, or several. */
  readonly problems: readonly ErrorDetail[];
}

/** The points that names mean, whole or short. */
function resolveNames(location: Location, names: readonly string[], facts: readonly PointFacts[]): Resolved {
  const present = facts.map(({ id }) => id);
  const ids: string[] = [];
  const problems: ErrorDetail[] = [];
  for (const name of names) {
    const [only, ...others] = idsWrittenAs(name, present);
    if (only === undefined) problems.push(notFound(location, name));
    else if (others.length > 0) problems.push(ambiguousId(name, [only, ...others], 'recovery points'));
    else ids.push(only);
  }
  return { ids, problems };
}

function whyNotVerified(location: Location, { id, markedAtMs }: PointFacts): ErrorDetail {
  if (markedAtMs === undefined) return notFound(location, id);
  const what = `recovery point ${id} in Location ${location.name} is marked for deletion`;
  return errorDetail('RECOVERY_POINT_DELETED', { what, fix: 'verify another recovery point', ref: id });
}

function notFound(location: Location, name: string): ErrorDetail {
  const what = `Location ${location.name} has no recovery point ${name}`;
  return errorDetail('RECOVERY_POINT_NOT_FOUND', { what, ref: name });
}

/** The error of the first problem, with all of them in it. */
export function throwFirst(problems: readonly ErrorDetail[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const more =
    problems.length > 1
      ? ` (and ${problems.length - 1} more: ${problems
          .slice(1)
          .map(({ what }) => what)
          .join('; ')})`
      : '';
  throw new LandfallError(first.code, { ...first, what: `${first.what}${more}`, cause: undefined, problems });
}
