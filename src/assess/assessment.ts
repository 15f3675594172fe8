import type { CheckOutcome } from './checks/index.ts';
import type { AssessmentFinding } from '../core/findings/finding.ts';

export const assessmentSchema = 'landfall.dev/assessment/v1';

/** Not ready while a blocker is open; unknown while something was not checked; conditions are open warnings. */
export type Verdict = 'ready' | 'conditions' | 'not-ready' | 'unknown';

export interface ClusterSummary {
  readonly name: string;
  readonly platform: string;
  readonly version: string;
  readonly uid: string;
}

export interface Counts {
  readonly blockers: number;
  readonly warnings: number;
  readonly infos: number;
  readonly waived: number;
  readonly new: number;
  readonly gone: number;
}

/** One assessment, whole: what is stored, and what every form of output is made from. */
export interface Assessment {
  readonly schema: typeof assessmentSchema;
  readonly run: string;
  /** Of the Migration. */
  readonly name: string;
  readonly landfall: string;
  /** RFC 3339, UTC. */
  readonly started: string;
  readonly finished: string;
  readonly source: ClusterSummary;
  readonly target: ClusterSummary;
  readonly scope: {
    readonly namespaces: readonly string[];
    readonly objects: number;
    readonly claims: number;
    readonly specSha256: string;
  };
  readonly verdict: Verdict;
  readonly verdicts: readonly { readonly namespace: string; readonly verdict: Verdict }[];
  readonly counts: Counts;
  readonly coverage: { readonly ran: number; readonly total: number; readonly notChecked: readonly CheckOutcome[] };
  readonly findings: readonly AssessmentFinding[];
  readonly gone: readonly GoneFinding[];
  /** Run id and end of the assessment this one was compared with; absent for the first. */
  readonly previous?: { readonly run: string; readonly finished: string };
  /** Numbers worth keeping: throughput of the Location, objects asked in the dry run. */
  readonly measures: Readonly<Record<string, number>>;
}

/** A finding of the last assessment that this one does not have any more. */
export interface GoneFinding extends Pick<
  AssessmentFinding,
  'code' | 'severity' | 'subject' | 'message' | 'firstSeen'
> {
  /** RFC 3339: the assessment that no longer had it. */
  readonly goneSince: string;
}
