import type { FollowRequest, RequestFollower } from '../ports/remote.ts';
import type { Failure, RequestSubject } from './classify.ts';

/** Of which cluster, and who is informed. */
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
  failsAfterMs: number
): RequestFollower | undefined {
  const remote = { kind: 'cluster', name: clusterName, address: server.host } as const;
  return followRequest?.({ remote, subject: `${action} ${subject}`, failsAfterMs });
}

/** How an attempt ended, and what comes after it. */
interface EndedAttempt {
  readonly failure: Failure;
  /** An answer came. */
  readonly isAnswered: boolean;
  /** See FailedAttempt. */
  readonly remainingMs: number;
}

/**
 * Reports how an attempt ended. A server that refuses for the time being (throttled, a webhook or etcd that does not answer it)
 * has answered and has not done it; a refusal that stays is an answer as good as any.
 */
export function notifyFailure(
  followed: RequestFollower | undefined,
  { failure, isAnswered, remainingMs }: EndedAttempt
): void {
  if (failure.kind === 'never' && isAnswered) return followed?.answered();
  const { why = '', what } = failure.error.detail;
  const words = (why === '' ? what : why).replaceAll(/\s+/g, ' ').slice(0, wordsMax);
  followed?.failed({ words, isAnswered, remainingMs });
}
