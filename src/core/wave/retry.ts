import { errorDetail } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { expandGroups } from './expand.ts';
import { queuedItem } from './wave.ts';
import type { WaveItem, WaveMember, WaveSpec } from './wave.ts';

/** How the last run of a namespace has ended, as looked at now. */
export type MemberEnd =
  /** It arrived. */
  | 'arrived'
  /** It never began, or everything it did is undone. */
  | 'undone'
  /** What could be moved is on the target and stays there. */
  | 'incomplete'
  /** It left something that is not undone. */
  | 'leftover'
  | 'running'
  /** Temporal does not know the run any more. */
  | 'forgotten';

/** A wave that has ended: its table, what it was started with, and how each of its runs ended. */
export interface EndedWave {
  readonly run: string;
  readonly spec: WaveSpec;
  readonly items: readonly WaveItem[];
  /** In the order of `items`. */
  readonly ends: readonly MemberEnd[];
}

interface Continued {
  /** Of the new wave: what arrived is done, the others wait for their turn. */
  readonly items: readonly WaveItem[];
  /** Why it must not begin; empty = it may. */
  readonly problems: readonly ErrorDetail[];
  /** What the file and the ended wave do not have in common, and stays out. */
  readonly notes: readonly string[];
}

/**
 * The wave that continues an ended one with the file given now. Its members are those of the ended wave that the groups of
 * the file still name: what arrived is done, everything else is to run again. Order, patterns and bounds are the file's.
 */
export function continueWave(ended: EndedWave, spec: WaveSpec): Continued {
  const before = new Map(ended.items.map((item, index) => [keyOf(ended.spec, item), { item, end: ended.ends[index] }]));
  const existing = spec.migrations.map(({ source }) =>
    ended.items.filter((item) => linkOf(ended.spec, item).source === source.name).map(({ namespace }) => namespace)
  );
  const { members, missing } = expandGroups(spec, existing);
  const problems: ErrorDetail[] = [];
  const items = members.map((member): WaveItem => {
    const found = before.get(keyOf(spec, member));
    if (found?.end === 'arrived') {
      problems.push(...movedElsewhere(ended, spec, { member, item: found.item }));
      return { ...found.item, ...member, state: 'done', code: '', before: true };
    }
    problems.push(...unsafe(spec, member, found));
    return { ...queuedItem(member), attempts: found?.item.attempts ?? 0 };
  });
  const kept = new Set(members.map((member) => keyOf(spec, member)));
  const dropped = [...before].filter(([key, { end }]) => end !== 'arrived' && !kept.has(key));
  if (problems.length === 0 && items.every(({ state }) => state === 'done')) {
    const none =
      ended.items.length === 0
        ? 'it ended before it began with any'
        : 'none of its namespaces is in a group of the file';
    const why = items.length === 0 ? none : 'every namespace that the groups of the file name has arrived';
    const fix = 'correct the groups of the file, or begin a new wave: landfall wave -f FILE';
    problems.push(errorDetail('RETRY_UNSAFE', { what: `wave ${ended.run} has left nothing to run again`, why, fix }));
  }
  return {
    items,
    problems,
    notes: [
      ...dropped.map(([, { item }]) => `${item.namespace} did not arrive and is in no group of the file: it stays out`),
      ...missing.map((name) => `${name} is in the file and was not in wave ${ended.run}: it stays out`),
    ],
  };
}

interface Found {
  readonly item: WaveItem;
  readonly end: MemberEnd | undefined;
}

/** Why a namespace that has not arrived must not run again as things are. */
function unsafe(spec: WaveSpec, { namespace, migration }: WaveMember, found: Found | undefined): ErrorDetail[] {
  const run = found?.item.run ?? '';
  const pattern = spec.migrations[migration];
  switch (found?.end) {
    case 'running':
      return [
        errorDetail('RETRY_UNSAFE', {
          what: `${namespace}: its run ${run} is going on`,
          fix: `wait for its end with \`landfall status ${run} --wait\`, or stop it with \`landfall cancel ${run}\``,
        }),
      ];
    case 'leftover':
      return [
        errorDetail('RETRY_UNSAFE', {
          what: `${namespace}: its run ${run} has left something that is not undone`,
          why: 'another run would take that for content of somebody else, or move an application that stands still',
          fix: `landfall cleanup ${run}`,
        }),
      ];
    case 'forgotten':
      return [
        errorDetail('RETRY_UNSAFE', {
          what: `${namespace}: nobody knows any more how its run ${run} ended`,
          why: 'Temporal has removed it after its retention time',
          fix: 'look at the target yourself, then take the namespace out of the groups of the file, or begin a new wave',
        }),
      ];
    case 'incomplete':
      if (pattern?.existingResourcePolicy !== 'fail') return [];
      return [
        errorDetail('RETRY_UNSAFE', {
          what: `${namespace}: its run ${run} ended incomplete, and what it moved is on the target`,
          why: `with existingResourcePolicy: fail a run stops at what is there; what did not arrive: landfall report ${run}`,
          fix: `set existingResourcePolicy: update or skip in Migration ${pattern.name}, or remove the namespace from the target`,
        }),
      ];
    default:
      return [];
  }
}

/** What arrived has to be where the file moves it now. */
function movedElsewhere(
  ended: EndedWave,
  spec: WaveSpec,
  { member, item }: { readonly member: WaveMember; readonly item: WaveItem }
): ErrorDetail[] {
  const [was, is] = [linkOf(ended.spec, item).target, linkOf(spec, member).target];
  if (was === is) return [];
  return [
    errorDetail('RETRY_UNSAFE', {
      what: `${item.namespace} has arrived on ${was}, and the file moves it to ${is}`,
      fix: 'continue the wave with the targets it had, and move to others with a new wave',
    }),
  ];
}

function keyOf(spec: WaveSpec, member: WaveMember): string {
  return `${linkOf(spec, member).source}/${member.namespace}`;
}

function linkOf(
  { migrations }: WaveSpec,
  { migration }: WaveMember
): { readonly source: string; readonly target: string } {
  const found = migrations[migration];
  return { source: found?.source.name ?? '', target: found?.target.name ?? '' };
}
