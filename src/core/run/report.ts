import type { ErrorDetail } from '../errors.ts';
import type { ObservedUser } from '../plan/approval.ts';
import type { ReportedCopies } from '../retention/copies.ts';
import type { Finding, RunOutcome, SideState } from './events.ts';
import type { ObjectCounts, PhaseTime } from './counts.ts';

/** Schema name of the report; within v1 fields are only added. */
export const reportSchema = 'landfall.dev/report/v1';

/** Longest list of names or examples a report carries; counts are always whole. */
export const reportNamesMax = 100;
export const reportExamplesMax = 5;

/** Which cluster it really was: the UID of kube-system cannot be copied by a kubeconfig. */
export interface ClusterIdentity {
  readonly name: string;
  /** '' of a cluster that was not asked: a recovery point says of it what else is here. */
  readonly server: string;
  /** Server version, `v1.34.1`. */
  readonly version: string;
  /** UID of the kube-system namespace. */
  readonly uid: string;
  readonly platform: string;
}

/** What is on the target against what was desired. The lists are capped at `reportNamesMax`; the numbers are whole. */
export interface Parity {
  /** False: the run ended before it compared anything, and the numbers have no meaning. */
  readonly checked: boolean;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  readonly names: {
    readonly missing: readonly string[];
    readonly extra: readonly string[];
    /** `ConfigMap shop/settings /data/key: …`: the object, the first path that differs with its values, and the others. */
    readonly different: readonly string[];
  };
  /** Key in the Location of every difference of every object, as JSON lines; absent: none. */
  readonly differences?: string;
}

/** An object that needs others which the target refused. */
export interface AffectedObject {
  readonly object: string;
  readonly needs: readonly string[];
}

/** An object of the target that the run changed; values are not reported. */
export interface OverwrittenObject {
  readonly object: string;
  readonly paths: readonly string[];
}

/** One claim whose data was taken; where it arrived, the two tree hashes are computed independently on each side. */
export interface VolumeResult {
  /** `namespace/name` on the source. */
  readonly claim: string;
  readonly bytes: number;
  readonly files: number;
  readonly sourceTree: string;
  /** '' when it never got there; absent of a backup, whose data goes nowhere else. */
  readonly targetTree?: string;
  /** Absent of a backup. */
  readonly equal?: boolean;
  /** Bytes of it that the repository did not have yet; absent where the run uploaded nothing. */
  readonly newBytes?: number;
  /** Entries that were not carried and so are not compared; a finding names them. Absent: none. */
  readonly excluded?: number;
  /** When the snapshot was taken, or the copy started; absent in reports of earlier versions. */
  readonly dataAsOf?: string;
}

export interface ChangeGroup {
  readonly rule: string;
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly string[];
}

export interface ExcludedGroup {
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/** Notes of one rule that say the same; the places are examples. */
interface NotedLoss {
  readonly rule: string;
  readonly message: string;
  readonly count: number;
  readonly examples: readonly string[];
}

interface MappedName {
  readonly from: string;
  readonly to: string;
}

interface InventoryEntry {
  /** `StorageClass fast`. */
  readonly object: string;
  readonly reason: string;
  /** At most three of the objects that need it. */
  readonly neededBy: readonly string[];
}

/** An API of the source that may hold objects of the scope, and that did not answer: what it holds did not move. */
export interface ReportedUnseen {
  readonly cluster: string;
  /** `shop.example.org/v1`. */
  readonly groupVersion: string;
  readonly message: string;
  /** Kinds of the scope it served when it last answered, `plural.group`; empty where nobody knows. */
  readonly kinds: readonly string[];
}

/** One compensation, in the order it ran. */
interface UndoEntry {
  readonly step: string;
  readonly title: string;
  readonly state: 'done' | 'failed' | 'not-run';
  readonly error?: ErrorDetail;
}

/** An approval by which a run began. */
export interface GivenApproval {
  /** As claimed. */
  readonly by: string;
  /** As seen; absent where it was not recorded. */
  readonly observed?: ObservedUser;
  readonly at: string;
}

/** The plan a run was held to, and what it expected against what it took. */
export interface ReportedPlan {
  readonly hash: string;
  /** The run that made it. */
  readonly run: string;
  readonly approvals: readonly GivenApproval[];
  /** Of phases that ran: the expected range, and the time it took. */
  readonly estimates: readonly {
    readonly phase: string;
    readonly lowMs: number;
    readonly highMs: number;
    readonly tookMs: number;
  }[];
  /** Objects whose content changed since the approval, as the plan allows. */
  readonly drifted: { readonly count: number; readonly examples: readonly string[] };
}

/** Objects a dry run could not ask about, for one reason. */
export interface NotAskedGroup {
  readonly reason: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/** What a run did, whole and final: `landfall report RUN -o json` and `npm run demo -- --report FILE` write this. */
export interface RunReport {
  readonly schema: typeof reportSchema;
  readonly run: string;
  readonly name: string;
  /** `migrate`, `backup`, `restore`. */
  readonly kind: string;
  /** Nothing was stored on the target: `objects` counts what it accepts, refuses and could not be asked about. */
  readonly dryRun?: boolean;
  /** In a dry run: why objects could not be checked. Absent: every one was. */
  readonly notAsked?: readonly NotAskedGroup[];
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** RFC 3339, UTC. */
  readonly started: string;
  readonly finished: string;
  readonly source: ClusterIdentity;
  /** Absent where nothing is applied anywhere. */
  readonly target?: ClusterIdentity;
  /** As of when the data on the target is: later writes are on the source only. Absent where nothing was moved. */
  readonly dataAsOf?: {
    readonly objects: string;
    /** The first and the last of the volumes. */
    readonly volumes?: { readonly from: string; readonly to: string };
  };
  /** What both sides were last seen to be. */
  readonly sides: { readonly source: SideState; readonly target: SideState };
  /** Name of the Location; absent in reports of earlier versions. */
  readonly location?: string;
  /** Key prefix of the recovery point in the Location; absent when none was committed. */
  readonly recoveryPoint?: string;
  readonly objects: ObjectCounts;
  /** Objects that were there and were changed, with the places; the first 100. Absent: none. */
  readonly overwritten?: readonly OverwrittenObject[];
  readonly parity: Parity;
  readonly volumes: readonly VolumeResult[];
  /** Rows of the demo's database, counted on both sides by the demo; absent otherwise. */
  readonly rows?: { readonly source: number; readonly target: number };
  readonly phases: readonly PhaseTime[];
  readonly changes: readonly ChangeGroup[];
  readonly excluded: readonly ExcludedGroup[];
  /** Of a backup: claims that are in the recovery point without their data. Absent: none. */
  readonly withoutData?: readonly ExcludedGroup[];
  /** Of a backup that copies its recovery point. */
  readonly copies?: ReportedCopies;
  readonly failures: readonly ErrorDetail[];
  /** Objects that need a refused one, the first 100; absent: none. */
  readonly affected?: readonly AffectedObject[];
  readonly findings: readonly Finding[];
  /** What rules noted that does not survive the way or does not follow a mapping; the numbers are whole. */
  readonly losses?: readonly NotedLoss[];
  /** The names the file maps, whether an object uses them or not. */
  readonly mapping?: {
    readonly namespaces: readonly MappedName[];
    readonly storageClasses: readonly MappedName[];
  };
  /** What objects in scope need of the cluster and what is the platform's: never copied, to be there on the target. */
  readonly inventory?: readonly InventoryEntry[];
  /** Set where the run could not see all of the scope: it is incomplete, whatever else it says. */
  readonly unseen?: readonly ReportedUnseen[];
  readonly undo: readonly UndoEntry[];
  /** Set where the run was held to a plan. */
  readonly plan?: ReportedPlan;
  readonly error?: ErrorDetail;
}
