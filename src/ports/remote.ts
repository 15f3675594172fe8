/** Someone outside whom a run asks: the API server of a cluster, or the store of a Location. */
export interface Remote {
  readonly kind: 'cluster' | 'Location';
  /** The name of its document. */
  readonly name: string;
  /** Host and port, or the path of a directory; never a user, a password or a query. */
  readonly address: string;
}

/** A request as those see it who look whether it is answered. */
export interface OutsideRequest {
  readonly remote: Remote;
  /** In words: `create ConfigMap shop/settings`. */
  readonly subject: string;
  /** The longest it is tried, from its first attempt on. */
  readonly failsAfterMs: number;
  /** What has to arrive before anybody can answer; absent: next to nothing. */
  readonly bodyBytes?: number;
  /** Its attempts wait for their turn after `sent`, so the time of one request alone says nothing. */
  readonly isQueued?: boolean;
}

/** How an attempt failed that may be followed by another. */
interface FailedAttempt {
  /** The last failure: `connect ECONNREFUSED 10.0.0.7:6443`. */
  readonly words: string;
  /** The remote itself refused, for the time being. */
  readonly isAnswered: boolean;
  /** How long the attempts that are left take at most, when each takes as long as this one did. */
  readonly remainingMs: number;
}

/** Follows one request from before its first attempt until nothing of it is under way. */
export interface RequestFollower {
  /** An attempt begins. `doing`: what is done first, before the remote is asked at all. */
  sent(doing?: string): void;
  /** Something came from the remote: it lives, whatever becomes of the request. */
  received(): void;
  /** An attempt failed. */
  failed(failure: FailedAttempt): void;
  /** The remote has answered for good: with what was asked for, or with a refusal that stays. */
  answered(): void;
  /** Nothing of it is under way any more. */
  ended(): void;
}

/** Begins to follow a request, on behalf of whoever asks just now. */
export type FollowRequest = (request: OutsideRequest) => RequestFollower;
