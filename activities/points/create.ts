import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Bodies } from '../bodies.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { noteRetry } from '../runtime/session.ts';
import { chooseDeletedPoints, chooseVerifiedPoints } from './choose.ts';
import { checkCopies } from './check-copies.ts';
import { copyOwnPoint } from './copy-own-point.ts';
import { copyPoints } from './copy.ts';
import { markPoints } from './mark.ts';
import { openPointRun } from './open.ts';
import { writeCopyReport, writePruneReport, writeVerifyReport } from './report.ts';
import { sweepPart } from './sweep.ts';
import { verifyPoints } from './verify.ts';

type PointsName =
  | 'openPointRun'
  | 'chooseDeletedPoints'
  | 'markPoints'
  | 'sweepPart'
  | 'writePruneReport'
  | 'chooseVerifiedPoints'
  | 'verifyPoints'
  | 'writeVerifyReport'
  | 'checkCopies'
  | 'copyPoint'
  | 'copyPoints'
  | 'writeCopyReport';

/** What the activities of runs about recovery points do. */
export function pointsBodies(dependencies: Dependencies): Pick<Bodies, PointsName> {
  return {
    openPointRun: (request) => openPointRun(dependencies, request),
    chooseDeletedPoints,
    markPoints,
    sweepPart,
    writePruneReport: (location, progress, request) =>
      writePruneReport({ location, progress, version: dependencies.version }, request),
    chooseVerifiedPoints,
    verifyPoints: (location, progress, { heal = [], ...request }) =>
      withOthers(dependencies, heal, (others) => verifyPoints(location, progress, { ...request, heal: others })),
    writeVerifyReport: (location, progress, request) =>
      writeVerifyReport({ location, progress, version: dependencies.version }, request),
    copyPoints: (from, progress, request) =>
      copyPoints({ from, open: (spec) => dependencies.openLocation(spec, noteRetry) }, progress, request),
    checkCopies: (session, progress) =>
      checkCopies({ session, open: (spec) => dependencies.openLocation(spec, noteRetry, 'brief') }, progress),
    copyPoint: (session, progress, { copy }) =>
      copyOwnPoint({ session, open: (spec) => dependencies.openLocation(spec, noteRetry) }, progress, copy),
    writeCopyReport: (location, progress, request) =>
      writeCopyReport({ location, progress, version: dependencies.version }, request),
  };
}

/** Opens other Locations than that of the run, and closes them. */
async function withOthers<T>(
  { openLocation }: Dependencies,
  specs: readonly LocationSpec[],
  work: (others: readonly Location[]) => Promise<T>
): Promise<T> {
  const others: Location[] = [];
  try {
    for (const spec of specs) others.push(await openLocation(spec, noteRetry));
    return await work(others);
  } finally {
    for (const other of others) await other.close();
  }
}
