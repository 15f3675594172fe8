import { differences } from '../oracle/read-cluster.ts';
import { describeOperation, type Operation } from './operation.ts';

/** Objects by `kind namespace/name`, the namespace of the application replaced by the same word everywhere. */
export type Objects = ReadonlyMap<string, string>;

/** A recovery point as it lies in the store, read without the code under test. */
export interface SeenPoint {
  readonly id: string;
  readonly isMarked: boolean;
  /** Absent: it has no manifest. */
  readonly objects?: Objects;
  /** Why what its manifest refers to cannot be read. */
  readonly problem?: string;
  /** Runs that say that they use it. */
  readonly uses: readonly string[];
}

/** One run of a history, and what was to be seen when nothing was going on any more. */
export interface Happened {
  readonly operation: Operation;
  readonly run: string;
  /** How its workflow ended; `REFUSED` when it did not begin. */
  readonly status: string;
  readonly code: string;
  readonly stuck: string;
  /** A fault that may turn a run back was met: a cancel, or a store that was gone. */
  readonly isStruck: boolean;
  /** Another run of the same Location went on at the same time. */
  readonly isBeside: boolean;
  /** The same number: they went on at the same time, the one that was held first. Absent: it was alone. */
  readonly step?: number;
  readonly report?: SeenReport;
  /** Of a backup: what the source held. */
  readonly captured?: Objects;
  /** Of a restore or a deletion by name: the run that made the point. */
  readonly point?: string;
  /** Of a restore: what the target holds of it. */
  readonly restored?: Objects;
  /** Everything in the store after it. */
  readonly points: readonly SeenPoint[];
  /** Points with a content that the harness had damaged by then. */
  readonly damaged: readonly string[];
  /** Traces of the run on the clusters, beyond what it was to leave. */
  readonly traces: readonly string[];
}

export interface SeenReport {
  readonly outcome: string;
  readonly exitCode: number;
  /** Of a run about recovery points. */
  readonly points?: readonly { readonly id: string; readonly state: string }[];
}

/** A whole history, in the order of its ends. */
export interface SeenHistory {
  readonly happened: readonly Happened[];
  /** What was left in the store when every point had been deleted and swept. */
  readonly leftovers: readonly string[];
}

/** Answers that are true only when the point was deleted, or is being used. */
const goneCodes: ReadonlySet<string> = new Set(['RECOVERY_POINT_DELETED', 'RECOVERY_POINT_NOT_FOUND']);
const busyCodes: ReadonlySet<string> = new Set(['RECOVERY_POINT_IN_USE', 'RUN_NAME_IN_USE']);

/** What is wrong with a history, by what was seen alone: it asks nothing of the code under test. */
export function judgeHistory({ happened, leftovers }: SeenHistory): string[] {
  const known = new Map(
    happened.flatMap((one) => (one.captured === undefined ? [] : [[one.run, heldBy(one, happened)]]))
  );
  const mayGo = new Set<string>();
  const complete: string[] = [];
  const problems: string[] = [];
  for (const [at, one] of happened.entries()) {
    const told = (found: readonly string[]): number =>
      problems.push(...found.map((line) => `${at + 1}. ${describeOperation(one.operation)} (${one.run}): ${line}`));
    const before = happened.slice(0, at).findLast((other) => !areTogether(one, other))?.points ?? [];
    for (const other of happened.filter((each) => areTogether(one, each)))
      for (const id of allowedToGo(other, before)) mayGo.add(id);
    if (one.operation.do === 'backup' && isWell(one)) complete.push(one.run);
    const facts = { known, damaged: new Set(one.damaged) };
    told(pointsThatDeceive(one, facts));
    told(
      complete.filter((id) => !mayGo.has(id) && isLost(one, id)).map((id) => `nobody deleted ${id}, and it is gone`)
    );
    told(endOf(one, facts));
    told(one.traces);
  }
  return [...problems, ...leftovers.map((key) => `the store still holds ${key}`)];
}

function areTogether(one: Happened, other: Happened): boolean {
  return one === other || (one.step !== undefined && one.step === other.step);
}

/** What the source held while a backup went on: one that is held while another changes it may have read either. */
function heldBy(one: Happened, happened: readonly Happened[]): readonly Objects[] {
  const together = happened.filter((other) => areTogether(one, other));
  const all = one === together[0] ? together : [one];
  return all.flatMap(({ captured }) => captured ?? []);
}

interface Facts {
  readonly known: ReadonlyMap<string, readonly Objects[]>;
  readonly damaged: ReadonlySet<string>;
}

function isWell({ status, report }: Happened): boolean {
  return status === 'COMPLETED' && report?.outcome === 'succeeded' && report.exitCode === 0;
}

/** Points that an operation may mark, whether it came to its end or not, by what there was before it. */
function allowedToGo({ operation, point, isBeside }: Happened, before: readonly SeenPoint[]): readonly string[] {
  if (operation.do === 'delete' && point !== undefined) return [point];
  if (operation.do !== 'prune') return [];
  const there = before.flatMap(({ id, isMarked, objects }) => (objects === undefined || isMarked ? [] : [id]));
  // A backup beside it may have made the newest one.
  const kept = isBeside ? operation.keepLast - 1 : operation.keepLast;
  return there.toSorted().slice(0, Math.max(0, there.length - kept));
}

function isLost({ points }: Happened, id: string): boolean {
  const point = points.find((one) => one.id === id);
  return point?.objects === undefined || point.isMarked;
}

/** Every point that has a manifest and no mark looks restorable: it has to be, and to hold what was there. */
function pointsThatDeceive({ points }: Happened, { known, damaged }: Facts): string[] {
  return points.flatMap(({ id, isMarked, objects, problem }) => {
    if (objects === undefined || isMarked || damaged.has(id)) return [];
    const captured = known.get(id);
    if (captured === undefined) return [`nobody made the recovery point ${id}`];
    if (problem !== undefined) return [`${id} looks restorable: ${problem}`];
    return unlike(captured, objects).map((line) => `${id}: ${line}`);
  });
}

function endOf(one: Happened, facts: Facts): string[] {
  const { stuck, code, status, run, points } = one;
  if (stuck !== '') return [`it did not end; it waited for ${stuck}`];
  const uses = points.filter(({ uses: by }) => by.includes(run)).map(({ id }) => `it has ended and still uses ${id}`);
  if (code === 'INTERNAL') uses.push('it ended with INTERNAL');
  const isTold = status !== 'COMPLETED' && one.report?.outcome === 'succeeded';
  if (isTold) uses.push(`its workflow ended ${status}, and its report says that it succeeded`);
  return [...uses, ...(isWell(one) ? promised(one, facts) : turnedBack(one, facts))];
}

/** A run that says that all is well. */
function promised(one: Happened, { known, damaged }: Facts): string[] {
  const { operation, run, point = '', points, restored, report } = one;
  const seen = (id: string): SeenPoint | undefined => points.find((other) => other.id === id);
  switch (operation.do) {
    case 'backup':
      return one.isBeside || seen(run)?.objects !== undefined ? [] : ['it succeeded, and there is no recovery point'];
    case 'restore':
      return unlike(known.get(point) ?? [], restored ?? new Map()).map((line) => `it succeeded: ${line}`);
    case 'delete':
      return seen(point)?.isMarked === true ? [] : [`it succeeded, and ${point} is not marked`];
    case 'verify': {
      const whole = new Set((report?.points ?? []).filter(({ state }) => state === 'whole').map(({ id }) => id));
      const read = one.isBeside ? [] : points.filter(({ objects, isMarked }) => objects !== undefined && !isMarked);
      return [
        ...read.filter(({ id }) => !whole.has(id)).map(({ id }) => `it succeeded, and did not read ${id}`),
        ...[...damaged].filter((id) => whole.has(id)).map((id) => `it says that ${id} is whole, which is damaged`),
      ];
    }
    default:
      return [];
  }
}

/** A run that did not do all it was asked for: it leaves nothing, and it had a reason. */
function turnedBack(one: Happened, { damaged }: Facts): string[] {
  const { operation, status, code, point = '', points, restored, report } = one;
  const left = operation.do === 'restore' && restored !== undefined && restored.size > 0 && status !== 'COMPLETED';
  const found = left ? [`it ended ${status} ${code}, and the target holds ${restored.size} objects of it`] : [];
  if (status === 'COMPLETED' && report === undefined) found.push('it completed and has no report');
  if (status !== 'COMPLETED' && code === '') found.push('it ended without a code');
  const isGone = points.every(({ id, isMarked, objects }) => id !== point || isMarked || objects === undefined);
  const isExcused =
    one.isStruck ||
    (goneCodes.has(code) && isGone) ||
    (one.isBeside && (busyCodes.has(code) || report?.outcome === 'partial')) ||
    damaged.has(point) ||
    (damaged.size > 0 && operation.do === 'verify' && /^(?:STORED_OBJECT|POINT)_/u.test(code)) ||
    // Whoever cannot read what a point refers to says so, and removes no content.
    (damaged.size > 0 && status === 'COMPLETED' && report?.outcome !== 'succeeded');
  return isExcused
    ? found
    : [...found, `nothing kept it from doing its work: ${status} ${code} ${report?.outcome ?? ''}`];
}

/** Made by the server in every namespace, or in the course of things. */
const ofTheServer = /^(?:namespaces |endpoints|events)|\/(?:kube-root-ca\.crt|default)$/u;

/** Each object is as in one of the pictures; one that not all of them have may be missing. */
function unlike(pictures: readonly Objects[], found: Objects): string[] {
  const [first = new Map<string, string>()] = pictures;
  const expected = new Map<string, string>();
  for (const id of new Set(pictures.flatMap((picture) => [...picture.keys()]))) {
    const texts = pictures.flatMap((picture) => picture.get(id) ?? []);
    const text = texts.find((one) => one === found.get(id)) ?? first.get(id) ?? texts[0] ?? '';
    if (texts.length === pictures.length || found.has(id)) expected.set(id, text);
  }
  return differences(expected, found).filter((line) => !(line.startsWith('extra ') && ofTheServer.test(line.slice(6))));
}
