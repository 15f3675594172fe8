import { chooseDeleted, chooseVerified } from '../../src/archive/choose-points.ts';
import { pointRunPrefix } from '../../src/archive/layout.ts';
import { storeJson } from '../../src/archive/run-objects.ts';
import type { ChosenPoints, LocationContext, PruneWish } from '../../src/core/retention/contract.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';

interface ChooseDeleted {
  readonly context: LocationContext;
  readonly wish: PruneWish;
}

/** Decides which points go and stores the whole choice with its reasons. Changes no point. */
export async function chooseDeletedPoints(
  location: Location,
  { signal }: Progress,
  { context, wish }: ChooseDeleted
): Promise<ChosenPoints> {
  const choice = await chooseDeleted(location, wish, { signal });
  const chosen = choice.filter(({ goes }) => goes).length;
  const stored = await storeJson({ location, path: `${pointRunPrefix(context.runId)}/choice` }, choice, { signal });
  return { choice: stored, chosen, others: choice.length - chosen };
}

interface ChooseVerified {
  readonly context: LocationContext;
  readonly points: readonly string[];
}

/** Decides which points are read and stores their list, with those that are not and why. */
export async function chooseVerifiedPoints(
  location: Location,
  { signal }: Progress,
  { context, points }: ChooseVerified
): Promise<ChosenPoints> {
  const choice = await chooseVerified(location, points, { signal });
  const stored = await storeJson({ location, path: `${pointRunPrefix(context.runId)}/choice` }, choice, { signal });
  return { choice: stored, chosen: choice.points.length, others: choice.skipped.length };
}
