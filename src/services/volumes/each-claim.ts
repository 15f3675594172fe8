import pMap from 'p-map';
import type { Cluster } from '../../ports/cluster.ts';
import type { VolumeContext } from '../../movers/snapshot/objects.ts';
import type { ClaimMove } from '../../core/volumes/contract.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

/** Claims of one activity worked on at the same time. */
const claimsInParallel = 4;
/** Longest wait for one state of one object; the data itself has the limit of the specification. */
const stateTimeoutMs = 10 * 60_000;
/** What the functions of the volume's way need, out of a session; what they wait for is reported as of the claim. */
export function volumeContext(
  session: Session<never>,
  progress: Progress,
  { cluster, claim }: { readonly cluster: Cluster; readonly claim: ClaimMove }
): VolumeContext {
  const ref = subjectOf(cluster, claim);
  return {
    cluster,
    runId: session.runId,
    timeoutMs: stateTimeoutMs,
    signal: progress.signal,
    onTick: (state) => progress.waiting({ kind: 'object', ref, condition: state }, stateTimeoutMs),
  };
}

/** Runs the body over claims, a few at a time, each with what its side needs. */
export async function eachClaim(
  session: Session<never>,
  {
    progress,
    cluster,
    claims,
  }: { readonly progress: Progress; readonly cluster: Cluster; readonly claims: readonly ClaimMove[] },
  body: (claim: ClaimMove, context: VolumeContext) => Promise<void>
): Promise<void> {
  const one = async (claim: ClaimMove): Promise<void> => {
    await body(claim, volumeContext(session, progress, { cluster, claim }));
    progress.arrived(subjectOf(cluster, claim));
  };
  await pMap(claims, one, { concurrency: claimsInParallel, signal: progress.signal });
}

export function subjectOf(cluster: Cluster, { namespace, name }: ClaimMove): string {
  return `${cluster.name}: ${namespace}/${name}`;
}
