import pMap from 'p-map';
import { openContent, type CapturedContent } from '../src/archive/captured-content.ts';
import type { IndexEntry } from '../src/archive/entry.ts';
import { readIndexParts } from '../src/archive/index-file.ts';
import { readObjects } from '../src/archive/read-objects.ts';
import { runFolder, storeJson, storeLines } from '../src/archive/run-objects.ts';
import type { ExcludedObject } from '../src/core/capture/capture-part.ts';
import { unreadFindings } from '../src/core/capture/unread-lists.ts';
import { waiveFindings } from '../src/core/findings/waivers.ts';
import { isBuiltInGroup } from '../src/core/graph/groups.ts';
import { podSpecPointer } from '../src/core/graph/pod-spec.ts';
import { limits } from '../src/core/limits.ts';
import type { DesiredStateSummary } from '../src/core/planning/contract.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import { blockersOf } from '../src/core/preflight/preflight.ts';
import { describeRef } from '../src/core/resource.ts';
import type { Finding } from '../src/core/run/events.ts';
import { readHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { createClaimUsers, type ClaimUsers } from '../src/core/volumes/claim-users.ts';
import { tooManyClaims } from '../src/core/volumes/claims-limit.ts';
import type { ClaimMove } from '../src/core/volumes/contract.ts';
import { resourceOf } from '../src/services/capture/stored-capture.ts';
import { textOf } from '../src/services/objects/text.ts';
import { claimsWithoutData, findUnplaceable, holdsData, placedWithPods } from '../src/services/planning/claim-moves.ts';
import type { Progress } from '../src/services/progress.ts';
import type { Session } from '../src/services/session.ts';
import { findRefusedMovers } from '../src/services/volumes/mover-admission.ts';
import { openSourceAssessor, type JudgedClaim, type SourceAssessor } from '../src/services/volumes/source-claims.ts';

/** Why a claim is in the recovery point without its data. */
const withoutData = 'volumes/without-data';
/** Findings that travel in the history. */
const findingsMax = 50;

interface ClaimsRequest {
  /** The capture of this run. */
  readonly capture: StoredRef;
  /** The day waivers of the file are judged by. */
  readonly today: string;
}

/**
 * Decides how the data of every captured claim is taken, without any target. What it stores has the form of a desired
 * state of which only the moves, the findings and the claims left without data are filled: the steps of volumes, the
 * report and a clean-up read it as they read that of a migration. Pure but for reading; the same capture gives the same.
 */
export async function planClaims(
  session: Session<'source'>,
  progress: Progress,
  { capture, today }: ClaimsRequest
): Promise<DesiredStateSummary> {
  const { location, spec, source } = session;
  const { signal } = progress;
  const content = await openContent(location, capture, { signal });
  progress.update({ note: 'claims' });
  const texts = await claimsOf(session, content, signal);
  // Without a claim nobody has to be allowed to list classes.
  const judged = texts.length === 0 ? noClaims : await judgeClaims(session, { content, texts, signal });
  const found = [
    ...judged.findings,
    ...tooManyClaims(spec.name, judged.moves.length),
    ...(spec.volumes.mode === 'none' ? claimsWithoutData(judged.holding) : []),
    ...unreadFindings(source.name, content),
  ].sort((left, right) => severities.indexOf(left.severity) - severities.indexOf(right.severity));
  const findings = waiveFindings(found, spec.waivers ?? [], `${today}T00:00:00Z`);
  const state: DesiredState = {
    ...{ applyGroups: [], claims: [], changes: [], notes: [] },
    moves: judged.moves,
    excluded: judged.left,
    // Nothing is applied, so nothing of any target counts as there before.
    existing: await storeLines(runFolder(session, 'existing'), []),
    findings,
  };
  return {
    plan: await storeJson(runFolder(session, 'plan'), state, { signal }),
    applyGroups: [],
    claims: judged.moves.map(({ namespace, name, targetNamespace }) => ({ namespace, name, targetNamespace })),
    findings: findings.slice(0, findingsMax),
    blockers: blockersOf(findings),
    ...{ objects: content.index.objects, changed: 0, excluded: 0 },
  };
}

const severities = ['blocker', 'warning', 'info'];

interface Judged {
  readonly moves: readonly ClaimMove[];
  /** Claims whose data is not taken, with the reason. */
  readonly left: readonly ExcludedObject[];
  /** Those of them that hold data. */
  readonly holding: readonly string[];
  readonly findings: readonly Finding[];
}

const noClaims: Judged = { moves: [], left: [], holding: [], findings: [] };

interface Judging {
  readonly content: CapturedContent;
  /** The claims, as they were captured. */
  readonly texts: readonly string[];
  readonly signal: AbortSignal;
}

async function claimsOf(
  { location }: Session<'source'>,
  { index }: CapturedContent,
  signal: AbortSignal
): Promise<readonly string[]> {
  const texts: string[] = [];
  const claims = entriesOf(readIndexParts(location, index.parts, { signal }), isClaim);
  for await (const { bytes } of readObjects(location, claims, { signal })) texts.push(textOf(bytes));
  return texts;
}

async function judgeClaims(session: Session<'source'>, { content, texts, signal }: Judging): Promise<Judged> {
  const assessor = await openSourceAssessor(session, signal);
  const judged = await pMap(texts, async (text) => ({ text, ref: refOf(text), ...(await assessor.assess(text)) }), {
    concurrency: limits.parallelKinds,
    signal,
  });
  const left = judged.flatMap(({ ref, decision }): ExcludedObject[] =>
    decision.action === 'take' ? [] : [{ ref, rule: withoutData, reason: decision.reason }]
  );
  const holding = judged.flatMap(({ text, ref, decision }) =>
    decision.action !== 'take' && holdsData(text) ? [describeRef(ref)] : []
  );
  const placed = await placeClaims(session, { content, assessor, judged, signal });
  return { ...placed, left, holding, findings: [...judged.flatMap(({ findings }) => findings), ...placed.findings] };
}

interface Placing {
  readonly content: CapturedContent;
  readonly assessor: SourceAssessor;
  readonly judged: readonly JudgedClaim[];
  readonly signal: AbortSignal;
}

/** Where movers run, by the pods that use the claims; what keeps them from the source. */
async function placeClaims(
  session: Session<'source'>,
  { content, assessor, judged, signal }: Placing
): Promise<Pick<Judged, 'moves' | 'findings'>> {
  const taken = judged.flatMap(({ move }) => (move === undefined ? [] : [move]));
  if (taken.length === 0) return { moves: [], findings: [] };
  const users = await usersOf(session, content, signal);
  const moves = taken.map((claim) => placedWithPods(claim, users, assessor));
  const terms = new Map(
    judged.flatMap(({ move, volumeTerms }) =>
      move === undefined || volumeTerms === undefined ? [] : [[`${move.namespace}/${move.name}`, volumeTerms] as const]
    )
  );
  const alone = { ...session, target: undefined };
  const unplaceable = await findUnplaceable(alone, moves, { assessor, terms, signal });
  return { moves, findings: [...unplaceable, ...(await findRefusedMovers(alone, moves, signal))] };
}

/** Reads what may run pods, and nothing else of the capture. */
async function usersOf(
  { location }: Session<'source'>,
  { index }: CapturedContent,
  signal: AbortSignal
): Promise<ClaimUsers> {
  const users = createClaimUsers();
  const workloads = entriesOf(readIndexParts(location, index.parts, { signal }), runsPods);
  for await (const { entry, bytes } of readObjects(location, workloads, { signal })) {
    const text = textOf(bytes);
    const { ref } = readHead(text, resourceOf(entry));
    users.add({ ref, text, targetRef: ref, targetText: '{}' });
  }
  return users;
}

async function* entriesOf(
  entries: AsyncIterable<IndexEntry>,
  isWanted: (entry: IndexEntry) => boolean
): AsyncGenerator<IndexEntry> {
  for await (const entry of entries) if (isWanted(entry)) yield entry;
}

function isClaim({ group, kind }: IndexEntry): boolean {
  return group === '' && kind === 'PersistentVolumeClaim';
}

/** A workload, or a custom resource, which may have a pod template anywhere. */
function runsPods(entry: IndexEntry): boolean {
  return podSpecPointer(entry) !== undefined || !isBuiltInGroup(entry.group);
}

function refOf(claimText: string): ExcludedObject['ref'] {
  const { metadata } = JSON.parse(claimText) as { readonly metadata: { namespace: string; name: string } };
  return { group: '', kind: 'PersistentVolumeClaim', namespace: metadata.namespace, name: metadata.name };
}
