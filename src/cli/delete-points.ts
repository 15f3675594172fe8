import { listPointFacts } from '../archive/point-facts.ts';
import { summarisePoints } from '../archive/point-summaries.ts';
import { markPoint } from '../archive/mark-point.ts';
import { readStoreClock } from '../archive/store-clock.ts';
import { sweepLocation, type SweepResult } from '../archive/sweep.ts';
import { errorDetail, LandfallError, type ErrorDetail } from '../core/errors.ts';
import { ambiguousId, idsWrittenAs, shortIds } from '../core/identity/run-id.ts';
import { choosePruned, whyNotDeleted, type PrunePolicy } from '../core/retention/choose-points.ts';
import { formatBytes, formatDuration, plural } from '../core/run/format.ts';
import type { SweepPlace } from './sweep-location.ts';
import { table } from './table.ts';

/** How a person wants points to be deleted. */
export interface DeleteWish {
  readonly graceMs: number;
  /** Else it is only shown. */
  readonly yes: boolean;
  readonly output: 'text' | 'json';
}

interface Chosen {
  readonly id: string;
  readonly goes: boolean;
  readonly why: string;
}

/** Marks the points named and sweeps. Refuses all of them, with every reason, when one must not go. */
export async function deletePoints(place: SweepPlace, names: readonly string[], wish: DeleteWish): Promise<void> {
  const { location } = place;
  const facts = await listPointFacts(location);
  const there = facts.filter(({ committedAtMs, uses }) => committedAtMs !== undefined || uses.length > 0);
  const present = there.map(({ id }) => id);
  const meant = names.map((name) => ({ name, ids: idsWrittenAs(name, present) }));
  const wanted = there.filter(({ id }) => meant.some(({ ids }) => ids.length === 1 && ids[0] === id));
  const nowMs = await readStoreClock(location);
  const problems: ErrorDetail[] = meant
    .filter(({ ids }) => ids.length !== 1)
    .map(({ name, ids }) => {
      if (ids.length > 0) return ambiguousId(name, ids, 'recovery points');
      const what = `Location ${location.name} has no recovery point ${name}`;
      return errorDetail('RECOVERY_POINT_NOT_FOUND', { what, ref: name });
    });
  for (const point of await summarisePoints(location, wanted)) problems.push(...listOf(whyNotDeleted(point, nowMs)));
  const [first] = problems;
  if (first !== undefined) throw new LandfallError(first.code, { ...first, problems });
  await go(
    place,
    wanted.map(({ id }) => ({ id, goes: true, why: 'named' })),
    wish
  );
}

/** Marks the points that no rule of the policy keeps, and sweeps. */
export async function prunePoints(place: SweepPlace, policy: PrunePolicy, wish: DeleteWish): Promise<void> {
  const { location } = place;
  const points = await summarisePoints(location, await listPointFacts(location));
  await go(place, choosePruned(points, policy, await readStoreClock(location)), wish);
}

/** Removes what marked points have left. */
export async function sweepPoints(place: SweepPlace, wish: DeleteWish): Promise<void> {
  await go(place, [], wish);
}

async function go(place: SweepPlace, chosen: readonly Chosen[], wish: DeleteWish): Promise<void> {
  const going = chosen.filter(({ goes }) => goes).map(({ id }) => id);
  if (wish.yes) for (const id of going) await markPoint(place.location, id);
  const swept = await sweepAll(place, wish);
  if (wish.output === 'json') {
    console.log(JSON.stringify({ dryRun: !wish.yes, points: chosen, sweep: swept }, null, 2));
    return;
  }
  if (chosen.length > 0) {
    const short = shortIds(chosen.map(({ id }) => id));
    console.log(
      table(
        ['POINT', 'GOES', 'WHY'],
        chosen.map(({ id, goes, why }) => [short.get(id) ?? id, goes ? 'yes' : 'no', why])
      )
    );
    const done = wish.yes ? 'marked for deletion' : 'would be marked for deletion';
    console.log(`${plural(going.length, 'recovery point')} ${done}`);
  }
  for (const line of sweepLines(swept, wish)) console.log(line);
  if (!wish.yes) console.log('nothing was changed; add --yes to delete');
}

/** Part after part, so that runs that wait can begin in between. */
async function sweepAll({ location, fence }: SweepPlace, { graceMs, yes }: DeleteWish): Promise<SweepResult> {
  let all: SweepResult | undefined;
  for (;;) {
    const part = await sweepLocation(location, { graceMs, fence, dryRun: !yes });
    all = {
      ...part,
      points: [...new Set([...(all?.points ?? []), ...part.points])],
      keptRuns: [...new Set([...(all?.keptRuns ?? []), ...part.keptRuns])],
      objects: (all?.objects ?? 0) + part.objects,
      bytes: (all?.bytes ?? 0) + part.bytes,
    };
    if (part.isDone) return all;
    if (part.objects > 0) continue;
    throw new LandfallError('LOCATION_UNREACHABLE', {
      what: `nothing could be removed from Location ${location.name} within the time limit of a sweep`,
      fix: 'start it again when the store responds faster',
    });
  }
}

function sweepLines(swept: SweepResult, { yes }: DeleteWish): readonly string[] {
  const { points, objects, bytes, keptRuns, waiting, holds, problem, clockAheadMs } = swept;
  const gone = `${plural(objects, 'object')}, ${formatBytes(bytes)}, of ${plural(points.length, 'deleted point')}`;
  return [
    objects === 0 ? 'nothing to remove now' : `${yes ? 'removed' : 'would remove'} ${gone}`,
    ...waiting.map(({ point, runs, dueAtMs }) =>
      runs.length > 0
        ? `${point} will be removed once run ${runs.join(', ')} no longer uses it`
        : `${point} will be removed by the first sweep after ${new Date(dueAtMs).toISOString()}`
    ),
    ...keptRuns.map(
      (run) => `objects of run ${run} are kept: it has not ended, or is not undone (landfall cleanup ${run})`
    ),
    ...holds.map(
      ({ run, point, renewedAtMs }) =>
        `data is kept while run ${run} writes ${point}, last seen ${new Date(renewedAtMs).toISOString()}; if it is dead: landfall cleanup ${run}, or landfall points delete ${point}`
    ),
    ...(clockAheadMs === undefined
      ? []
      : [
          `the clock of the store is ${formatDuration(clockAheadMs)} ahead of this machine's: ages are computed with the earlier of the two`,
        ]),
    ...(problem === undefined
      ? []
      : [`data is kept, because it is not known what is still needed: ${problem.what} (${problem.code})`]),
  ];
}

function listOf<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
