import type * as contract from '../../src/core/retention/contract.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { CopyCounts } from '../../src/archive/copy-point.ts';
import type * as copying from '../../src/core/retention/copy-contract.ts';
import type { Finding } from '../../src/core/run/events.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';

type AtLocation<T> = T & { readonly context: contract.LocationContext };
type Stepped<T> = AtLocation<T> & { readonly stepId: string };

/** What the workflows `prune`, `verify` and `copy` may ask for: work on the recovery points of one Location. */
export interface PointsActivities {
  openPointRun(request: AtLocation<{ readonly request: contract.PointsRequest }>): Promise<StoredRef>;
  chooseDeletedPoints(request: Stepped<{ readonly wish: contract.PruneWish }>): Promise<contract.ChosenPoints>;
  /** The choice as it was carried out; `others` are points that a run has begun to use since. */
  markPoints(
    request: Stepped<{ readonly choice: StoredRef; readonly wish: contract.PruneWish }>
  ): Promise<contract.ChosenPoints>;
  sweepPart(request: Stepped<{ readonly graceMs: number }>): Promise<contract.SweptPart>;
  writePruneReport(request: AtLocation<{ readonly request: contract.PruneReportRequest }>): Promise<StoredRef>;
  chooseVerifiedPoints(request: Stepped<{ readonly points: readonly string[] }>): Promise<contract.ChosenPoints>;
  verifyPoints(
    request: Stepped<{
      readonly choice: StoredRef;
      readonly from: number;
      readonly heal?: readonly LocationSpec[];
    }>
  ): Promise<contract.VerifiedPart>;
  writeVerifyReport(request: AtLocation<{ readonly request: contract.VerifyReportRequest }>): Promise<StoredRef>;
  checkCopies(request: {
    readonly context: RunContext;
    readonly stepId: string;
  }): Promise<{ readonly findings: readonly Finding[] }>;
  /** Copies the point of a backup to one of the Locations that its specification names, by its place there. */
  copyPoint(request: {
    readonly context: RunContext;
    readonly copy: number;
    readonly stepId: string;
  }): Promise<CopyCounts>;
  copyPoints(
    request: Stepped<{
      readonly choice: StoredRef;
      readonly from: number;
      readonly target: LocationSpec;
      readonly rereadVolumes?: boolean;
    }>
  ): Promise<copying.CopiedPart>;
  writeCopyReport(request: AtLocation<{ readonly request: copying.CopyReportRequest }>): Promise<StoredRef>;
}
