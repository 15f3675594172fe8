import type { ApiResource, ObjectRef } from '../core/resource.ts';
import type { AppliedSpec } from '../core/spec/spec.ts';
import type { AddressUse } from './addresses.ts';
import type { FindingCode, RawFinding } from '../core/findings/finding.ts';
import type { Kube } from '../core/kube-objects.ts';
import type { FactKind } from '../core/findings/fact-kinds.ts';
import type { CheckGroup } from '../core/findings/finding-entry.ts';

/** What was read of one cluster. A kind that the cluster does not serve has an empty list; one that may not be read none. */
export interface ClusterFacts {
  readonly name: string;
  readonly gitVersion: string;
  readonly resources: readonly ApiResource[];
  readonly lists: Readonly<Partial<Record<FactKind, readonly Kube[]>>>;
  /** Why a list is not there. */
  readonly unread: Readonly<Partial<Record<FactKind, string>>>;
  /** The Cluster Autoscaler reports its state in the cluster; absent: it does not, or this user may not look. */
  readonly autoscalerReports?: true;
}

/** An object of the scope, without data and managed fields. */
export interface ScopeObject {
  readonly ref: ObjectRef;
  readonly targetNamespace: string;
  /** As captured, with its status. */
  readonly object: Kube;
  /** As it is desired on the target; the captured one where the rules leave the object out. */
  readonly desired: Kube;
  /** The rules of the plan exclude it. */
  readonly excluded: boolean;
  /** It is excluded only because the target does not serve its kind: that is what is missing, not what is desired. */
  readonly unserved?: true;
  /** The target has an object of its identity already, as far as the planning pass has seen. */
  readonly isThere?: true;
}

/** What is known of a Secret without its values. */
export interface SecretFacts {
  readonly ref: ObjectRef;
  readonly type: string;
  readonly keys: readonly string[];
  readonly certificate?: CertificateFacts;
  /** Registries a pull secret has credentials for. */
  readonly registries: readonly string[];
  /** Keys whose value has the form of a cloud credential: `data key (kind)`. */
  readonly cloudKeys: readonly { readonly key: string; readonly kind: string }[];
}

export interface CertificateFacts {
  /** '' when it parses. */
  readonly problem: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly issuer: string;
  readonly hosts: readonly string[];
  /** False: the private key beside it belongs to another certificate. */
  readonly keyMatches: boolean;
}

/** A version an object was last written in, by whom (metadata.managedFields). */
export interface WrittenVersion {
  readonly ref: ObjectRef;
  readonly manager: string;
  readonly apiVersion: string;
}

export interface ScopeFacts {
  readonly namespaces: readonly string[];
  readonly objects: readonly ScopeObject[];
  readonly secrets: readonly SecretFacts[];
  readonly addresses: readonly AddressUse[];
  readonly written: readonly WrittenVersion[];
  /** Excluded because they are being deleted. */
  readonly leaving: readonly ObjectRef[];
  /** What comes to a namespace of the target and is not there yet, by `countKey`; absent: `objects` has every object. */
  readonly counts?: ReadonlyMap<string, number>;
  /** There are more settings with addresses than `addresses` holds. */
  readonly addressesCut?: true;
}

/** What objects are counted by that come to the target. */
export function countKey({ group, kind, namespace }: Pick<ObjectRef, 'group' | 'kind' | 'namespace'>): string {
  return `${namespace}/${group}/${kind}`;
}

/** A caBundle that is no longer, or soon no longer, valid; read by the collector because core reads no certificates. */
export interface BundleFacts {
  readonly webhook: string;
  readonly notAfter: string;
}

/** Everything checks judge by. Data only; the same facts give the same findings. */
export interface AssessFacts {
  /** RFC 3339, UTC. */
  readonly now: string;
  readonly spec: AppliedSpec;
  readonly source: ClusterFacts;
  readonly target: ClusterFacts;
  readonly scope: ScopeFacts;
  readonly bundles: readonly BundleFacts[];
  /** End of the credentials the run works with, where they show one. */
  readonly credentials: readonly {
    readonly subject: string;
    readonly side?: 'source' | 'target';
    readonly notAfter: string;
    readonly renewable: boolean;
  }[];
}

/** A list a check cannot do without. */
export type Need = `${'source' | 'target'}/${FactKind}`;

/** One check: a pure function of the facts, what it needs of them and which codes it may give. */
export interface Check {
  /** `capacity/quota`: permanent. */
  readonly id: string;
  readonly group: CheckGroup;
  readonly describe: string;
  readonly codes: readonly FindingCode[];
  readonly needs: readonly Need[];
  /** It is made by the planning pass, so that plan, assessment and run know its findings; absent: by an assessment alone. */
  readonly isPlanned?: true;
  readonly run: (facts: AssessFacts) => readonly RawFinding[];
}

/** The list of a kind; empty when it was not read, which `needs` rules out for checks. */
export function listOf<T extends Kube>(cluster: ClusterFacts, kind: FactKind): readonly T[] {
  return (cluster.lists[kind] ?? []) as readonly T[];
}

/** Objects of the scope of one kind that travel, typed as the caller knows them. */
export function scopeObjects<T extends Kube>(
  facts: AssessFacts,
  kind: string,
  group?: string
): readonly (Omit<ScopeObject, 'object' | 'desired'> & { readonly object: T; readonly desired: T })[] {
  return facts.scope.objects.filter(
    ({ ref, excluded }) => !excluded && ref.kind === kind && (group === undefined || ref.group === group)
  ) as never;
}
