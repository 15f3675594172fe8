import type { CapturedContent } from '../../archive/captured-content.ts';
import { loadLines } from '../../archive/run-objects.ts';
import { catalogue } from '../../core/error-catalogue.ts';
import { read } from '../../core/json/node.ts';
import type { ExcludedObject } from '../../core/capture/capture-part.ts';
import type { Finding } from '../../core/run/events.ts';
import { classOfClaim } from '../../core/volumes/data-of-claim.ts';
import type { ClaimUsers } from '../../core/volumes/claim-users.ts';
import type { NodeObject } from '../../core/kube-objects.ts';
import { unplaceableMovers } from '../../core/volumes/mover-nodes.ts';
import type { PlannedMover } from '../../core/volumes/mover-nodes.ts';
import { joinTolerations, mergePods } from '../../core/volumes/mover-pods.ts';
import { readClusterFacts } from '../assess/cluster-facts.ts';
import type { ClaimAssessor } from '../volumes/volumes-assess.ts';
import type { ClaimMove } from '../../core/volumes/contract.ts';
import type { EitherSession, Session } from '../session.ts';

/** The rule by which selection excludes what is being deleted. */
const leavingRule = 'object/terminating';
/** Claims named in a finding; the number is whole. */
const namesMax = 3;

/** Objects that were excluded because they are being deleted: others may still use them. */
export async function leavingObjects(
  { location }: Session<never>,
  { excludedGroups, excludedRefs }: CapturedContent,
  signal: AbortSignal
): Promise<readonly ExcludedObject[]> {
  if (!excludedGroups.some(({ rule }) => rule === leavingRule)) return [];
  const found: ExcludedObject[] = [];
  for (const ref of excludedRefs) {
    for await (const one of loadLines<ExcludedObject>(location, ref, { signal })) {
      if (one.rule === leavingRule) found.push(one);
    }
  }
  return found;
}

/** What is said of claims that leave their data on the source, since no volumes move. */
export function emptyClaims(names: readonly string[]): readonly Finding[] {
  if (names.length === 0) return [];
  const which = names.length === 1 ? '1 claim is' : `${names.length} claims are`;
  const message = `${which} created empty: volumes.mode is none, and the data is not moved`;
  const { fix: remedy } = catalogue.CLAIMS_EMPTY;
  return [{ code: 'CLAIMS_EMPTY', severity: 'info', subject: shortList(names), message, remedy }];
}

/** What is said of claims that are in a recovery point without their data, since no volumes are copied. */
export function claimsWithoutData(names: readonly string[]): readonly Finding[] {
  if (names.length === 0) return [];
  const which = names.length === 1 ? '1 claim is' : `${names.length} claims are`;
  const message = `${which} in the recovery point without data: volumes.mode is none`;
  const { fix: remedy } = catalogue.CLAIMS_WITHOUT_DATA;
  return [{ code: 'CLAIMS_WITHOUT_DATA', severity: 'info', subject: shortList(names), message, remedy }];
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, namesMax).join(', ');
  return names.length > namesMax ? `${shown} and ${names.length - namesMax} more` : shown;
}

/** Only a claim that is, or was, bound can hold anything. */
export function holdsData(claimText: string): boolean {
  return read(claimText, '/status/phase') === 'Bound';
}

/** The class the transforms left or gave a claim; '' where it names none. */
export function desiredClass(text: string): string {
  const { metadata = {}, spec = {} } = JSON.parse(text) as Partial<Parameters<typeof classOfClaim>[0]>;
  return classOfClaim({ metadata, spec }) ?? '';
}

/** A claim with where its pods run: whatever reads or fills it can run there too. */
export function placedWithPods(
  claim: ClaimMove,
  users: ClaimUsers,
  assessor: Pick<ClaimAssessor, 'bindingOf'>
): ClaimMove {
  const placement = users.placementOf(claim.namespace, claim.name, assessor.bindingOf(claim));
  return placement === undefined ? claim : { ...claim, placement };
}

/** Where volumes of the source can be attached, by `namespace/claim`. */
export type VolumeTerms = ReadonlyMap<string, PlannedMover['volumeTerms']>;

/**
 * Movers that no node would take, on either side. A volume that is copied where it is has a place of its own; one that is
 * read from a snapshot is made anew. Nodes that may not be listed say nothing, and that is reported.
 */
export async function findUnplaceable(
  session: EitherSession,
  moves: readonly ClaimMove[],
  {
    assessor,
    terms,
    signal,
  }: {
    readonly assessor: Pick<ClaimAssessor, 'topologiesOf'>;
    readonly terms: VolumeTerms;
    readonly signal: AbortSignal;
  }
): Promise<readonly Finding[]> {
  if (moves.length === 0) return [];
  const { spec } = session;
  const movers = (side: 'source' | 'target'): readonly PlannedMover[] => {
    const tolerations = joinTolerations(moves.map(({ placement }) => placement?.source?.tolerations ?? []));
    const repository = {
      claim: '',
      pods: mergePods(spec.volumes.movers, { tolerations }),
      topologies: [],
      volumeTerms: [],
    };
    const own = moves.map((claim): PlannedMover => {
      const name = `${claim.namespace}/${claim.name}`;
      const isCopied = side === 'source' && claim.way === 'copyWhileQuiesced';
      return {
        claim: name,
        pods: mergePods(spec.volumes.movers, claim.placement?.[side]),
        topologies: isCopied ? [] : assessor.topologiesOf(claim)[side],
        volumeTerms: isCopied ? (terms.get(name) ?? []) : [],
      };
    });
    return side === 'source' ? [repository, ...own] : own;
  };
  const sides = await Promise.all(
    (['source', 'target'] as const).map(async (side) => {
      const cluster = session[side];
      // Of a recovery point nothing is uploaded, and a backup fills nothing.
      if (cluster === undefined) return [];
      const { lists, unread } = await readClusterFacts(cluster, {
        ...{ side, gitVersion: '', namespaces: [], kinds: ['nodes'] as const, signal },
      });
      if (lists.nodes === undefined) return [nodesUnread(cluster.name, side, unread.nodes ?? '')];
      return unplaceableMovers({ cluster: cluster.name, side }, lists.nodes as readonly NodeObject[], movers(side));
    })
  );
  return sides.flat();
}

function nodesUnread(cluster: string, side: 'source' | 'target', why: string): Finding {
  const message = `not checked: whether a node can run the pods that move volumes; nodes: ${why}`;
  const { fix } = catalogue.CHECK_NOT_MADE;
  return { code: 'CHECK_NOT_MADE', severity: 'info', subject: `${cluster}: mover pods`, message, remedy: fix, side };
}
