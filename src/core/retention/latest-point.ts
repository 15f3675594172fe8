import { LandfallError } from '../errors.ts';
import type { PointSummary } from './choose-points.ts';

/** A recovery point with what its manifest says to everybody. */
type NamedPoint = PointSummary & { readonly manifest?: { readonly name: string } };

interface Wanted {
  /** Of the Location, for messages. */
  readonly location: string;
  /** What the point was called; absent: any name. */
  readonly name?: string;
}

/**
 * The newest recovery point that is complete and not marked for deletion, by the clock of the store. Throws
 * RECOVERY_POINT_NOT_FOUND where there is none, and the problem of a newer one that cannot be read: an older point is never
 * taken for the newest in silence. Pure.
 */
export function latestPoint<P extends NamedPoint>(points: readonly P[], { location, name }: Wanted): P {
  const whole = points.filter(
    ({ committedAtMs, markedAtMs }) => committedAtMs !== undefined && markedAtMs === undefined
  );
  // Of one that cannot be read nobody knows the name.
  const mayBe = whole.filter(({ manifest }) => [undefined, manifest?.name].includes(name) || manifest === undefined);
  const [newest] = mayBe.toSorted((left, right) => (right.committedAtMs ?? 0) - (left.committedAtMs ?? 0));
  const called = name === undefined ? '' : ` named ${name}`;
  if (newest === undefined) {
    throw new LandfallError('RECOVERY_POINT_NOT_FOUND', {
      what: `Location ${location} has no complete recovery point${called}`,
      ref: name ?? location,
    });
  }
  const { problem } = newest;
  if (problem === undefined) return newest;
  throw new LandfallError(problem.code, {
    what: `the newest recovery point in Location ${location} is ${newest.id}, and it cannot be used: ${problem.what}`,
    fix: `choose another one by its id: landfall points list; ${problem.fix}`,
    ref: newest.id,
  });
}
