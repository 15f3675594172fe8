import type { Draft } from './draft.ts';
import type { Sides } from './table.ts';

/**
 * What the sides are, from what is under way and what was not compensated: a side is what the compensations still
 * needed, tried in vain or forgone say of it; else what the phases that are done have made of it. A side that
 * compensations have begun to clear is no longer what a phase had reached. Past the point of no return a side stays.
 */
export function sidesOf(draft: Draft): Sides {
  const source = sideOf(draft, 'source');
  const target = sideOf(draft, 'target');
  return { source, target, writable: writableOf(source, target) };
}

type Side = 'source' | 'target';

function sideOf(draft: Draft, side: Side): Sides[Side] {
  const { table, facts, pending, tried, abandoned, reached } = draft;
  const until = (name: string): Sides[Side] | undefined => table.compensations[name]?.until?.[side];
  const unfinished = [
    ...abandoned,
    ...pending.map(({ name }) => name),
    ...tried.filter(({ error }) => error).map(({ name }) => name),
  ];
  const isCleared = tried.some(({ name }) => until(name) !== undefined);
  const arrived = isCleared ? undefined : reached[side];
  const found = unfinished.map(until).find((one) => one !== undefined);
  if (found === 'frozen' || found === 'fenced') return found;
  if (draft.final) return arrived ?? found ?? draft.sides[side];
  return found === undefined ? table.sides(facts)[side] : (arrived ?? found);
}

/** What they are before anything was done. */
export function sidesBefore(sides: Pick<Sides, 'source' | 'target'>): Sides {
  return { ...sides, writable: writableOf(sides.source, sides.target) };
}

/** At most one side accepts writes: the source while it serves, the target only where the source is fenced. */
function writableOf(source: Sides['source'], target: Sides['target']): Sides['writable'] {
  if (source === 'serving') return 'source';
  return source === 'fenced' && target === 'serving' ? 'target' : 'none';
}

/** Said before a report is written or the run ends, so that both say it too. */
export function emitSides(draft: Draft): void {
  const sides = sidesOf(draft);
  if (sides.source === draft.sides.source && sides.target === draft.sides.target) return;
  draft.sides = sides;
  const last = draft.commands.findIndex((command) => command.do === 'write-report' || command.do === 'end');
  const at = last === -1 ? draft.commands.length : last;
  draft.commands.splice(at, 0, { do: 'emit', event: { type: 'sides', sides } });
}
