import type { Finding } from '../run/events.ts';
import type { ApprovalSpec, LocationSpec, ObjectRuleSpec, Platform } from '../spec/spec.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { PlanEstimate } from './estimate.ts';

/** Schema name of a plan file; docs/formats-plan.md describes every byte. A plan of another version is refused. */
export const planSchema = 'landfall.dev/plan/v1';

/**
 * What is done to one thing, on one side. `keep`, `exclude` and `conflict` write nothing: they are in the plan so that
 * every object of the capture is accounted for.
 */
export const planVerbs = [
  'prepare',
  'hook',
  'snapshot',
  'copy',
  'upload',
  'fill',
  'create',
  'change',
  'bind',
  'keep',
  'conflict',
  'exclude',
  'settle',
  'wait',
  'remove',
] as const;
export type PlanVerb = (typeof planVerbs)[number];

/** Content that may move between approval and run without another approval. */
export const driftAllowances = ['replicas', 'certificate', 'status'] as const;
export type DriftAllowance = (typeof driftAllowances)[number];

/** One place where an object on the target changes. Values of Secrets are `changed`. */
export interface PlanDifference {
  readonly path: string;
  /** JSON text as it is now; '' = absent. */
  readonly from: string;
  readonly to: string;
}

export interface PlannedVolume {
  /** `namespace/name` on the source. */
  readonly claim: string;
  readonly way: 'snapshot' | 'copyWhileQuiesced';
  readonly snapshotClass: string;
  readonly sourceClass: string;
  readonly targetClass: string;
  /** Capacity of the source volume. */
  readonly size: string;
  readonly accessModes: readonly string[];
}

/** One action, in the order of the run. Absent fields do not apply. */
export interface PlanAction {
  readonly on: 'source' | 'target';
  readonly do: PlanVerb;
  /** `volumes`, the name of an apply group, or `finish`. */
  readonly applyGroup: string;
  /** `group/Kind/namespace/name` on the side the action is on. */
  readonly object?: string;
  /** SHA-256 of what is desired, without what may drift. */
  readonly digest?: string;
  /** SHA-256 of the normalised live object that is changed. */
  readonly live?: string;
  readonly diff?: readonly PlanDifference[];
  /** Rules that changed the object on its way. */
  readonly rules?: readonly string[];
  readonly rule?: string;
  readonly reason?: string;
  readonly mayDrift?: DriftAllowance;
  readonly volume?: PlannedVolume;
  /** What a `wait` waits for. */
  readonly until?: string;
  readonly count?: number;
}

export interface PlannedCluster {
  readonly name: string;
  readonly platform: Platform;
  /** UID of the namespace kube-system. */
  readonly uid: string;
  readonly version: string;
}

/** Something that does not survive the way: a note of a rule, grouped. */
export interface PlannedLoss {
  readonly rule: string;
  readonly message: string;
  readonly count: number;
  readonly examples: readonly string[];
}

/** A finding as the hash covers it: what is accepted, by whom and until when is part of what is approved. */
export type PlannedFinding = Pick<Finding, 'code' | 'severity' | 'subject' | 'message' | 'waiver'>;

/**
 * The part of a plan that its hash covers: what will happen, to what, by which configuration. No times, no places of a
 * machine, nothing that changes by itself. Same inputs, same bytes.
 */
export interface PlanContent {
  readonly name: string;
  /** Version of Landfall whose rules made it. */
  readonly landfall: string;
  /** SHA-256 of the configuration without how clusters and store are reached. */
  readonly configuration: string;
  readonly source: PlannedCluster;
  readonly target: PlannedCluster;
  readonly location: string;
  readonly approval: ApprovalSpec;
  readonly existingResourcePolicy: string;
  readonly onFailure: string;
  /** Absent in plans of earlier versions: `rollback`. */
  readonly onRefused?: string;
  /** Settings for some objects; absent: none. */
  readonly objectRules?: readonly ObjectRuleSpec[];
  readonly namespaces: readonly { readonly from: string; readonly to: string }[];
  readonly storageClasses: readonly { readonly from: string; readonly to: string }[];
  readonly totals: Readonly<Record<string, number>>;
  readonly losses: readonly PlannedLoss[];
  readonly findings: readonly PlannedFinding[];
  readonly mayDrift: readonly { readonly what: string; readonly why: string; readonly count: number }[];
  readonly actions: readonly PlanAction[];
}

/** The part of a plan its hash does not cover: who made it when, where its parts lie, and what is only expected. */
export interface PlanMade {
  readonly run: string;
  readonly by: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly location: LocationSpec;
  /** The specification and the plan of the run that made it, in that Location. */
  readonly spec: StoredRef;
  readonly plan: StoredRef;
  readonly estimate: PlanEstimate;
  /** What was seen and is no part of what is approved: it changes by itself. */
  readonly seen: {
    readonly captured: number;
    readonly excluded: readonly {
      readonly rule: string;
      readonly reason: string;
      readonly count: number;
      readonly examples: readonly string[];
    }[];
    readonly findings: readonly Finding[];
  };
}

/** A whole plan file. */
export interface Plan {
  /** SHA-256 of the content, 64 hex digits. */
  readonly hash: string;
  readonly made: PlanMade;
  readonly content: PlanContent;
}

/** Number of actions of each verb. */
export function countVerbs(actions: readonly Pick<PlanAction, 'do'>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verb of planVerbs) {
    const count = actions.reduce((sum, action) => sum + (action.do === verb ? 1 : 0), 0);
    if (count > 0) counts[verb] = count;
  }
  return counts;
}

/** `Deployment shop/web` of an object key. */
export function describeKey(key: string): string {
  const [group = '', kind = '', namespace = '', name = ''] = key.split('/');
  const full = group === '' ? kind : `${kind}.${group}`;
  return namespace === '' ? `${full} ${name}` : `${full} ${namespace}/${name}`;
}
