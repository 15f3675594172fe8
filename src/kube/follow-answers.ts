import type { FollowRequest, RequestFollower } from '../ports/remote.ts';
import type { Failure, RequestSubject } from './classify.ts';

/** Of which cluster, and who is told. */
interface Following {
  readonly clusterName: string;
  readonly server: URL;
  readonly followRequest: FollowRequest | undefined;
}

/** Longer words of a server are cut: they travel in every heartbeat. */
const wordsMax = 300;

/** Begins to follow a request to a cluster. */
export function followAnswers(
  { clusterName, server, followRequest }: Following,
  { action, subject }: Omit<RequestSubject, 'clusterName'>,
  givesUpAfterMs: number
): RequestFollower | undefined {
  const remote = { kind: 'cluster', name: clusterName, address: server.host } as const;
  return followRequest?.({ remote, subject: `${action} ${subject}`, givesUpAfterMs });
}

/** How an attempt ended, and what comes after it. */
interface EndedAttempt {
  readonly failure: Failure;
  /** An answer came. */
  readonly isHeard: boolean;
  /** See FailedAttempt. */
  readonly leftMs: number;
}

/**
 * Tells how an attempt ended. A server that refuses for the time being (throttled, a webhook or etcd that does not answer it)
 * is heard and not done; a refusal that stays is an answer as good as any.
 */
export function tellFailure(followed: RequestFollower | undefined, { failure, isHeard, leftMs }: EndedAttempt): void {
  if (failure.kind === 'never' && isHeard) return followed?.answered();
  const { why = '', what } = failure.error.detail;
  const words = (why === '' ? what : why).replaceAll(/\s+/g, ' ').slice(0, wordsMax);
  followed?.failed({ words, isHeard, leftMs });
}
