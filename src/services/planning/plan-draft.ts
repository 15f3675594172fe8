import type { IndexEntry } from '../../archive/entry.ts';
import { createEdge } from '../../core/edge/collect.ts';
import type { EdgeCollection } from '../../core/edge/collect.ts';
import { createSharedPlaces } from '../../core/external/shared-places.ts';
import type { SharedPlaces } from '../../core/external/shared-places.ts';
import { createPodNeeds } from '../../core/graph/pod-needs.ts';
import type { PodNeeds } from '../../core/graph/pod-needs.ts';
import { createDependencyGraph } from '../../core/graph/apply-groups.ts';
import type { DependencyGraph } from '../../core/graph/apply-groups.ts';
import type { ExcludedObject } from '../../core/capture/capture-part.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import { createChangeLog } from '../../core/planning/desired-state.ts';
import { createCollisions } from '../../core/plan/collisions.ts';
import type { Collisions } from '../../core/plan/collisions.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import type { Finding } from '../../core/run/events.ts';
import type { TransformNote } from '../../core/transform/rule.ts';
import { createTranslationChecks } from '../../translate/checks/checks.ts';
import type { TranslationChecks } from '../../translate/checks/checks.ts';
import { checkFacts } from '../../translate/checks/pair.ts';
import { createIngressRoutes } from '../../translate/ingress-routes.ts';
import type { IngressRoutes } from '../../translate/ingress-routes.ts';
import { createRootProxies } from '../../translate/root-proxies.ts';
import type { RootProxies } from '../../translate/root-proxies.ts';
import { compileScope } from '../../core/select/scope.ts';
import { createClaimUsers } from '../../core/volumes/claim-users.ts';
import type { ClaimUsers } from '../../core/volumes/claim-users.ts';
import { openTargetDefinitions } from '../admission/target-definitions.ts';
import type { TargetDefinitions } from '../admission/target-definitions.ts';
import { createEntryBlocks } from './entry-blocks.ts';
import type { EntryBlocks } from './entry-blocks.ts';
import { comparedProfiles } from './translation.ts';
import { openWebhookReaches } from '../admission/webhook-reaches.ts';
import type { PlannedReaches } from '../admission/webhook-reaches.ts';
import type { EdgeSource } from './edge.ts';
import { createTransformedObjects } from '../../assess/planned-facts.ts';
import type { TransformedObjects } from '../../assess/planned-facts.ts';
import type { PlannedMover } from '../../core/volumes/mover-nodes.ts';
import { createRuleUse } from '../../core/transform/rule-use.ts';
import type { RuleUse } from '../../core/transform/rule-use.ts';
import type { ClaimMove } from '../../core/volumes/contract.ts';
import type { PlanSession } from '../session.ts';
import type { Progress } from '../progress.ts';

type Entry = DesiredObject<IndexEntry>;

/** What one pass over the captured objects collects. */
export interface Draft {
  readonly entries: EntryBlocks<Entry>;
  readonly targetNamespaces: Set<string>;
  readonly graph: DependencyGraph;
  readonly rootProxies: RootProxies;
  readonly ingressRoutes: IngressRoutes;
  readonly checks: TranslationChecks;
  readonly definitions: TargetDefinitions;
  readonly webhooks: PlannedReaches;
  readonly settle: Entry[];
  readonly claims: ClaimMove[];
  readonly claimEntries: Entry[];
  /** Where volumes of the source can be attached, by `namespace/claim`. */
  readonly volumeTerms: Map<string, PlannedMover['volumeTerms']>;
  readonly findings: Finding[];
  readonly excluded: ExcludedObject[];
  readonly notes: { ref: ObjectRef; note: TransformNote }[];
  readonly log: ReturnType<typeof createChangeLog>;
  readonly edge: EdgeCollection;
  readonly collisions: Collisions;
  /** Places outside of the cluster that both sides will use. */
  readonly places: SharedPlaces;
  /** Keys of what the autoscalers of the plan scale. */
  readonly autoscaled: Set<string>;
  /** What pods of the plan cannot do without. */
  readonly needs: PodNeeds;
  readonly claimUsers: ClaimUsers;
  /** Which rules of the file are for nothing. */
  readonly rules: RuleUse;
  /** What checks of the target's room and names look at. */
  readonly judged: TransformedObjects;
  /** Claims that hold data on the source and come without it. */
  readonly empty: string[];
  changed: number;
  /** Objects that rules made beside or instead of captured ones. */
  added: number;
  /** Objects that somebody applies server-side. */
  appliers: number;
}

/** What the two clusters serve, as the pass over the objects goes by it. */
export interface ServedKinds {
  readonly served: readonly ApiResource[];
  readonly source: EdgeSource;
}

/** Opens an empty draft: what it collects with is made, and what it compares with is read. */
export async function openDraft(
  session: PlanSession,
  { signal }: Progress,
  { served, source }: ServedKinds
): Promise<Draft> {
  return {
    entries: createEntryBlocks(),
    targetNamespaces: new Set(),
    graph: createDependencyGraph(),
    rootProxies: createRootProxies(),
    ingressRoutes: createIngressRoutes(),
    checks: createTranslationChecks(checkFacts(session.spec, await comparedProfiles(session, signal))),
    definitions: openTargetDefinitions(session, signal),
    webhooks: await openWebhookReaches(session, served, signal),
    settle: [],
    claims: [],
    claimEntries: [],
    volumeTerms: new Map(),
    findings: [],
    excluded: [],
    notes: [],
    log: createChangeLog(),
    edge: createEdge({
      source: source.served,
      target: served,
      names: source.names,
      isInScope: compileScope(session.spec.scope).namespaceTaken,
    }),
    collisions: createCollisions(),
    places: createSharedPlaces(),
    autoscaled: new Set(),
    needs: createPodNeeds(),
    claimUsers: createClaimUsers(),
    rules: createRuleUse(session.spec),
    judged: createTransformedObjects((service) => source.names.services.has(service)),
    empty: [],
    changed: 0,
    added: 0,
    appliers: 0,
  };
}
