import { notServed } from '../src/services/planning/not-served.ts';
import {
  createHeldNamespaces,
  nothingRestored,
  type HeldNamespaces,
} from '../src/services/planning/held-namespaces.ts';
import { decideTaken } from '../src/core/select/decide-restored.ts';
import { openContent, type CapturedContent } from '../src/archive/captured-content.ts';
import type { IndexEntry } from '../src/archive/entry.ts';
import { readIndexParts } from '../src/archive/index-file.ts';
import { readObjects } from '../src/archive/read-objects.ts';
import { runFolder, storeJson } from '../src/archive/run-objects.ts';
import { LandfallError } from '../src/core/errors.ts';
import { dependenciesOf } from '../src/core/graph/dependencies-of.ts';
import { isReady, readiness } from '../src/core/graph/readiness.ts';
import { hasAppliers } from '../src/core/existing/managed-fields.ts';
import { limits } from '../src/core/limits.ts';
import { unreadFindings } from '../src/core/capture/unread-lists.ts';
import { changingRules, planDigest } from '../src/core/planning/desired-object.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import { withoutNoted, withoutRepeats } from '../src/assess/checks/planned.ts';
import { waiveFindings } from '../src/core/findings/waivers.ts';
import { blockersOf } from '../src/core/preflight/preflight.ts';
import { driftingOf, scaledBy } from '../src/core/plan/drift.ts';
import { lossesOf } from '../src/core/plan/losses.ts';
import { describeRef, objectKey } from '../src/core/resource.ts';
import type { ApiResource, ObjectRef } from '../src/core/resource.ts';
import type { Finding } from '../src/core/run/events.ts';
import { readHead, readListedHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { AdditionalOutcome, TransformContext } from '../src/core/transform/rule.ts';
import { finalizerFate, isServedFinalizer } from '../src/core/transform/finalizers.ts';
import { transformObject } from '../src/core/transform/transform-object.ts';
import { withTranslation } from '../src/translate/between.ts';
import { findingsOf, profileFindings } from '../src/translate/findings.ts';
import { findEdge, openEdgeSource } from '../src/services/planning/edge.ts';
import { tooManyClaims } from '../src/core/volumes/claims-limit.ts';
import { claimsThere } from '../src/core/volumes/claims-there.ts';
import { openDraft } from '../src/services/planning/plan-draft.ts';
import type { Draft } from '../src/services/planning/plan-draft.ts';
import { findPlanned } from '../src/services/planning/plan-facts.ts';
import { findExisting } from '../src/services/planning/existing.ts';
import { findConflicts } from '../src/services/planning/judge-plan.ts';
import { storeApplyGroups } from '../src/services/planning/apply-groups.ts';
import {
  emptyClaims,
  findUnplaceable,
  holdsData,
  leavingObjects,
  desiredClass,
  placedWithPods,
} from '../src/services/planning/claim-moves.ts';
import { findRefusedMovers } from '../src/services/volumes/mover-admission.ts';
import { sharedKeysOf } from '../src/services/admission/target-shared.ts';
import { batchesOf } from '../src/services/planning/batches-of.ts';
import { sha256Of } from '../src/archive/stored.ts';
import { additionalOutcome } from '../src/services/planning/desired-batch.ts';
import { resourceOf } from '../src/services/capture/stored-capture.ts';
import { textOf } from '../src/services/objects/text.ts';
import { servedOrPlanned, transformContext } from '../src/services/planning/transform-context.ts';
import { profilesOf, translationOf } from '../src/services/planning/translation.ts';
import { openAssessor } from '../src/services/volumes/volumes-assess.ts';
import type { ClaimAssessor } from '../src/services/volumes/volumes-assess.ts';
import type { DesiredStateSummary } from '../src/core/planning/contract.ts';
import type { PlanSession } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

const withoutSnapshot = 'volumes/without-snapshot';
/** Findings that travel in the history. */
const findingsMax = 50;

type Entry = DesiredObject<IndexEntry>;

/** What to plan, and the day waivers of the file are judged by. */
export interface PlanRequest {
  /** The capture of this run, or the manifest of a recovery point (`openContent`). */
  readonly capture: StoredRef;
  /** `2026-12-31` (UTC); absent: nothing is waived yet, as in an assessment, which does it at its end. */
  readonly today?: string;
}

/**
 * Computes the desired state: transforms every captured object, judges claims, orders everything into apply groups and cuts them into
 * batches. Pure but for reading; the same content and specification give the same plan. Stored, since it may be large. A
 * recovery point is planned without its source: data of claims comes from the point.
 */
export async function computeDesiredState(
  session: PlanSession,
  progress: Progress,
  { capture, today }: PlanRequest
): Promise<DesiredStateSummary> {
  const content = await openContent(session.location, capture, { signal: progress.signal });
  const { draft, assessor, source, translation, profiles } = await draftPlan(session, progress, content);
  const { signal } = progress;
  const existing = await findExisting(session, progress, {
    namespaces: [...draft.targetNamespaces].sort(),
    planned: draft.entries,
  });
  const isAbsent = ({ ref }: Entry): boolean => ref.namespace !== '' && !existing.names.has(objectKey(ref));
  // What a rule excludes may be there in another form; a claim without its data is not.
  const claims = draft.excluded.filter(({ rule }) => rule === withoutSnapshot);
  const gone = [...(await leavingObjects(session, content, signal)), ...claims];
  const stuck = draft.needs.stuck(gone);
  const applyGroups = await storeApplyGroups(session, draft, {
    isAbsent,
    isStuck: ({ ref }) => stuck.keys.has(objectKey(ref)),
  });
  const reported = profiles === undefined ? [] : profileFindings(profiles.source, profiles.target, translation);
  const autoscaled = [...draft.autoscaled].sort();
  const conflicts = await findConflicts(session, progress, { applyGroups, autoscaled, findings: draft.findings });
  const edge = await findEdge(session, progress, { source, edge: draft.edge, planned: draft.entries });
  const routes = [...draft.rootProxies.findings(), ...draft.ingressRoutes.findings(translation)];
  const seen = { objects: draft.judged, planned: draft.entries, there: existing.names };
  const noted = draft.notes.flatMap(({ ref, note }) => (note.code === 'REFERENCE_UNCHANGED' ? [ref] : []));
  const planned = withoutNoted(await findPlanned(session, progress, seen), noted);
  const clashes = [
    ...routes,
    ...draft.checks.findings(),
    ...draft.collisions.findings(),
    ...draft.places.findings(),
    ...(await draft.definitions.findings()),
    ...draft.rules.findings(),
    ...planned,
    ...(await draft.webhooks.findings()),
  ];
  const { moves, ...moving } = await placeClaims(session, { draft, assessor, signal });
  const unread = unreadFindings(session.spec.source.name, content);
  const own = [
    ...tooManyClaims(session.spec.name, moves.length),
    ...stuck.findings,
    ...emptyClaims(draft.empty),
    ...moving.findings,
    ...unread,
  ];
  const there = [
    ...existing.findings,
    ...claimsThere(session.spec.target.name, draft.claims, existing.names),
    ...conflicts,
  ];
  const found = [
    ...draft.findings,
    ...own,
    ...there,
    ...clashes,
    ...findingsOf(draft.notes),
    ...withoutRepeats(edge, planned),
    ...reported,
  ].sort(bySeverity);
  const findings = today === undefined ? found : waiveFindings(found, session.spec.waivers ?? [], `${today}T00:00:00Z`);
  const plan: DesiredState<Entry> = {
    applyGroups,
    claims: draft.claimEntries,
    moves,
    changes: draft.log.groups(),
    notes: draft.notes.slice(0, limits.batchObjects),
    excluded: draft.excluded,
    existing: existing.keys,
    losses: lossesOf(draft.notes),
    autoscaled,
    findings,
  };
  const stored = await storeJson(runFolder(session, 'plan'), plan);
  return summaryOf(stored, { state: plan, draft, targetHolds: existing.holds });
}

interface Computed {
  readonly state: DesiredState<Entry>;
  readonly draft: Draft;
  readonly targetHolds: boolean;
}

/** What of the desired state travels: references, counts and short names. */
function summaryOf(plan: StoredRef, { state, draft, targetHolds }: Computed): DesiredStateSummary {
  const { applyGroups, moves, findings = [], excluded } = state;
  return {
    plan,
    applyGroups,
    claims: moves.map(({ namespace, name, targetNamespace }) => ({ namespace, name, targetNamespace })),
    findings: findings.slice(0, findingsMax),
    blockers: blockersOf(findings),
    objects: draft.entries.size,
    changed: draft.changed,
    excluded: excluded.length,
    targetHolds,
    ...(draft.added === 0 ? {} : { added: draft.added }),
    ...(draft.appliers === 0 ? {} : { appliers: draft.appliers }),
  };
}

/** Transforms and judges every object, by what it reads of both clusters. */
async function draftPlan(session: PlanSession, progress: Progress, content: CapturedContent) {
  const { index } = content;
  progress.update({ note: 'platforms' });
  const profiles = await profilesOf(session, progress.signal);
  const translation = translationOf(session, profiles);
  const served = await servedOrPlanned(session, index, { signal: progress.signal, translation });
  const source = await openEdgeSource(session, content, progress.signal);
  const context = { ...withTranslation(transformContext(session.spec, served), translation), names: source.names };
  const assessor = await openAssessor(session, content.point, progress.signal);
  const draft = await openDraft(session, progress, { served, source });
  progress.update({ unit: 'objects', total: index.objects });
  let done = 0;
  const { signal } = progress;
  const held = createHeldNamespaces(session.spec);
  const planning = { session, draft, context, assessor, held, signal };
  for await (const entries of batchesOf(readIndexParts(session.location, index.parts, { signal }))) {
    for await (const { entry, bytes } of readObjects(session.location, entries, { signal })) {
      const text = textOf(bytes);
      if (!held.hold({ entry, text })) await planObject(planning, entry, text);
      if (++done % limits.batchObjects === 0) progress.update({ done });
    }
  }
  for (const { entry, text } of held.needed()) await planObject(planning, entry, text);
  draft.excluded.push(...held.empty().map((ref) => ({ ref, ...nothingRestored })));
  progress.update({ done, note: 'order' });
  return { draft, assessor, source, translation, profiles };
}

/** The claims whose data moves, with the pods that use them; what keeps them, or their movers, from the target. */
async function placeClaims(
  session: PlanSession,
  { draft, assessor, signal }: Pick<Planning, 'draft' | 'assessor' | 'signal'>
) {
  const moves = draft.claims.map((claim) => placedWithPods(claim, draft.claimUsers, assessor));
  const unplaceable = await findUnplaceable(session, moves, { assessor, terms: draft.volumeTerms, signal });
  return { moves, findings: [...unplaceable, ...(await findRefusedMovers(session, moves, signal))] };
}

interface Planning {
  readonly session: PlanSession;
  readonly draft: Draft;
  readonly context: TransformContext;
  readonly assessor: ClaimAssessor;
  readonly held: HeldNamespaces;
  readonly signal: AbortSignal;
}

async function planObject(planning: Planning, entry: IndexEntry, text: string): Promise<void> {
  const { session, draft, context, assessor, held, signal } = planning;
  const resource = resourceOf(entry);
  const head = readHead(text, resource);
  const decision = decideTaken(session.spec, { resource, ref: head.ref, labels: head.labels });
  if (!decision.in) {
    draft.excluded.push({ ref: head.ref, rule: decision.rule, reason: decision.reason });
    return;
  }
  held.took(head.ref.namespace);
  const outcome = transformObject({ head, text, resource }, context);
  draft.checks.add(head.ref, text, outcome);
  draft.rules.transformed(outcome);
  draft.notes.push(...outcome.notes.map((note) => ({ ref: outcome.ref, note })));
  for (const made of outcome.additional) await planAdditional(planning, entry, made);
  if (outcome.excluded === undefined) {
    draft.edge.add({ head, text, outcome });
    draft.places.add(text, outcome);
  } else {
    const { rule, reason } = outcome.excluded;
    if (rule === 'served') draft.findings.push(notServed(head.ref, resource, reason));
    draft.excluded.push({ ref: head.ref, rule, reason });
    draft.judged.add({ ref: head.ref, text }, outcome);
    return;
  }
  const rules = changingRules(outcome);
  const drifting = driftingOf(outcome.ref, outcome, head.annotations);
  const planned: Entry = {
    entry,
    resource,
    ref: outcome.ref,
    digest: sha256Of(planDigest(outcome)),
    rules,
    ...(outcome.owners.length === 0 ? {} : { owners: outcome.owners }),
    ...keptFinalizers(head.finalizers, context.targetResources),
    ...(hasAppliers(head.managers) ? { applied: true } : {}),
    awaited: isAwaited(outcome.ref, text),
    ...(drifting === undefined ? {} : { drift: { allow: drifting.allow, digest: sha256Of(drifting.text) } }),
  };
  const scaled = scaledBy(outcome);
  if (scaled !== undefined) draft.autoscaled.add(objectKey(scaled));
  if (isClaim(outcome.ref)) {
    const claim = await assessor.assess(text, outcome.ref.namespace, desiredClass(outcome.text));
    draft.findings.push(...claim.findings);
    if (context.volumesMove === false && holdsData(text)) draft.empty.push(describeRef(head.ref));
    if (claim.decision.action === 'exclude') {
      draft.excluded.push({ ref: head.ref, rule: withoutSnapshot, reason: claim.decision.reason });
      return;
    }
    if (claim.plan !== undefined) {
      draft.claims.push(claim.plan);
      draft.claimEntries.push(planned);
      const { namespace, name } = claim.plan;
      if (claim.volumeTerms !== undefined) draft.volumeTerms.set(`${namespace}/${name}`, claim.volumeTerms);
    }
  }
  // A claim that is excluded without its data asks for no room.
  draft.judged.add({ ref: head.ref, text }, outcome);
  draft.needs.add(head.ref, planned.ref, text);
  draft.claimUsers.add({ ref: head.ref, text, targetRef: planned.ref, targetText: outcome.text });
  if (collides(draft, planned)) return;
  draft.ingressRoutes.add(outcome.ref, outcome.text, { ref: head.ref, text });
  if (outcome.deferred.length > 0 || outcome.owners.length > 0) draft.settle.push(planned);
  if (rules.length > 0) draft.changed += 1;
  if (planned.applied === true) draft.appliers += 1;
  draft.log.add(outcome.ref, outcome);
  const shared = await sharedKeysOf(session, { planned, outcome, signal });
  if (shared !== undefined) draft.findings.push(shared);
  await keepEntry(draft, planned, outcome.text);
}

/** Which finalizers of other controllers travel, for whoever makes the object again without asking the target. */
function keptFinalizers(names: readonly string[], served: readonly ApiResource[]): { keptFinalizers?: string[] } {
  if (names.length === 0) return {};
  const groups = new Set(served.map(({ group }) => group));
  const kept = names.filter((name) => finalizerFate(name, (one) => isServedFinalizer(one, groups)) === 'travels');
  return kept.length === 0 ? {} : { keptFinalizers: kept };
}

async function keepEntry(draft: Draft, planned: Entry, text: string): Promise<void> {
  const { ref, resource } = planned;
  const key = objectKey(ref);
  draft.rules.planned(planned);
  draft.entries.set(key, planned);
  draft.graph.add(key, dependenciesOf(text, readListedHead(text, resource)));
  draft.rootProxies.add(ref, text, planned.additional === true);
  if (ref.namespace !== '') draft.targetNamespaces.add(ref.namespace);
  draft.webhooks.add(planned, text, draft.settle.at(-1) === planned);
  await draft.definitions.probe(planned, text);
}

/** An object that a rule made is an entry of its own, made again from the same captured object when it is applied. */
async function planAdditional({ draft, context }: Planning, entry: IndexEntry, made: AdditionalOutcome): Promise<void> {
  const { ref, resource, rule, reason } = made;
  const sameKind = context.targetResources.filter((one) => one.group === resource.group && one.kind === resource.kind);
  if (!sameKind.some(({ version }) => version === resource.version)) {
    const versions = sameKind.map(({ version }) => version).join(', ');
    const what = versions === '' ? 'the target does not serve the kind' : `the target serves it only as ${versions}`;
    draft.findings.push(notServed(ref, resource, `${rule} creates it (${reason}), and ${what}`));
  }
  const outcome = additionalOutcome(made);
  const planned: Entry = {
    entry,
    resource,
    ref,
    digest: sha256Of(planDigest(outcome)),
    rules: [rule],
    awaited: false,
    additional: true,
  };
  if (collides(draft, planned)) return;
  draft.added += 1;
  draft.rules.transformed(made);
  draft.judged.add({ ref, text: made.text }, outcome);
  draft.log.add(ref, { ...outcome, changes: [{ rule, reason, patch: [] }, ...outcome.changes] });
  await keepEntry(draft, planned, made.text);
}

/** Two objects that become one: what rules make twice the same is one object, anything else a blocker. */
function collides(draft: Draft, planned: Entry): boolean {
  const before = draft.entries.get(objectKey(planned.ref));
  if (before === undefined) return false;
  if (before.additional !== true && planned.additional !== true) {
    const [first, second] = [before.entry, planned.entry];
    // The same object captured twice, as by a list that was read again: the later one counts.
    if (objectKey(first) === objectKey(second)) return false;
    draft.collisions.add(planned.ref, refOf(first), refOf(second));
    return true;
  }
  if (before.digest !== planned.digest) {
    const message = 'two objects of the source become this one, with different content';
    const { fix } = new LandfallError('TRANSLATION_COLLISION', { what: message }).detail;
    const subject = describeRef(planned.ref);
    draft.findings.push({ code: 'TRANSLATION_COLLISION', severity: 'blocker', subject, message, remedy: fix });
  }
  return true;
}

function refOf({ group, kind, namespace, name }: IndexEntry): ObjectRef {
  return { group, kind, namespace, name };
}

const severities = ['blocker', 'warning', 'info'];

/** Only the first findings travel in the history: what stops the run must be among them. */
function bySeverity(left: Finding, right: Finding): number {
  return severities.indexOf(left.severity) - severities.indexOf(right.severity);
}

/**
 * Whether the run waits for an object: only where its kind has a state to wait for and it had that state on the source
 * as well. A claim that is created empty binds with its first pod, so nobody waits for it here.
 */
function isAwaited(ref: ObjectRef, sourceText: string): boolean {
  if (isClaim(ref) || readiness(ref).condition === '') return false;
  return isReady(ref, sourceText).ready;
}

function isClaim(ref: ObjectRef): boolean {
  return ref.group === '' && ref.kind === 'PersistentVolumeClaim';
}
