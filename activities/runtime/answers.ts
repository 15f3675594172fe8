import type { WaitingFor } from '../../src/core/run/events.ts';
import type { OutsideRequest, Remote, RequestFollower } from '../../src/ports/remote.ts';

/** A silence longer than this is reported; with the heartbeat and the question of a watcher that is within ten seconds. */
const silenceMs = 5_000;
/** The largest body has three seconds more to arrive. */
const bodyBytesPerSecond = 4 * 2 ** 20;
const bodyMaxMs = 3_000;
/** An activity that has failed to reach somebody, and asks again and again, asks in between too. */
const lingerMs = 5_000;
/** Longer than any pause between attempts: whoever was not asked for so long is not known to be silent. */
const forgetMs = { failed: 90_000, noWords: 10_000 } as const;
/** A request that ends sooner says nothing about whoever was asked. */
const givenUpMs = 2_000;

/** What does not answer an activity: as a wait, since when, and until when it is tried at most. In milliseconds since 1970. */
export interface Unanswered {
  readonly for: WaitingFor;
  readonly sinceMs: number;
  readonly deadlineMs: number;
}

/** Who answers, and who does not: one record for all activities of a worker. */
interface Answers {
  /** Follows a request that is made on behalf of `owner`. */
  follow(owner: object, request: OutsideRequest): RequestFollower;
  /** What `owner` waits for and has had no answer from for some seconds; undefined while everybody answers. */
  unanswered(owner: object): Unanswered | undefined;
}

interface RemoteState {
  /** Since when it has been asked without anything coming back; undefined while nothing is asked. */
  silentSinceMs: number | undefined;
  /** The last failure since then, '' without one. */
  words: string;
  /** When it was asked last. */
  askedMs: number;
  /** Requests that were sent and have no answer. */
  readonly open: Set<Followed>;
}

interface Followed {
  readonly request: OutsideRequest;
  readonly state: RemoteState;
  /** First attempt, and the last; undefined before one is sent. */
  firstMs: number | undefined;
  sentMs: number | undefined;
  doing: string;
  words: string;
  /** When its attempts are over at the latest; undefined before one has failed. */
  endsMs: number | undefined;
  endedMs: number | undefined;
}

/**
 * Opens the record of a worker. A remote counts as silent when requests to it are under way or fail, and nothing at all has
 * come from it: one slow answer among others makes nobody silent. It stays silent from one attempt of an activity to the
 * next. A single request that the remote refuses again and again is reported as well, by its subject.
 */
export function createAnswers(now: () => number = Date.now): Answers {
  const remotes = new Map<string, RemoteState>();
  const owners = new WeakMap<object, Set<Followed>>();
  return {
    follow(owner, request) {
      const state = stateOf(remotes, request.remote);
      const followed: Followed = {
        ...{ request, state, doing: '', words: '' },
        ...{ firstMs: undefined, sentMs: undefined, endsMs: undefined, endedMs: undefined },
      };
      const own = owners.get(owner) ?? new Set<Followed>();
      owners.set(owner, own.add(followed));
      return followerOf(followed, own, now);
    },
    unanswered(owner) {
      const nowMs = now();
      const own = owners.get(owner) ?? new Set<Followed>();
      for (const one of own) if (one.endedMs !== undefined && nowMs - one.endedMs > lingerMs) own.delete(one);
      return silentRemote([...own], nowMs) ?? refusedRequest([...own], nowMs);
    },
  };
}

function stateOf(remotes: Map<string, RemoteState>, { kind, name, address }: Remote): RemoteState {
  const key = `${kind} ${name} ${address}`;
  const known = remotes.get(key) ?? { silentSinceMs: undefined, words: '', askedMs: 0, open: new Set<Followed>() };
  remotes.set(key, known);
  return known;
}

function followerOf(followed: Followed, own: Set<Followed>, now: () => number): RequestFollower {
  const { state } = followed;
  const close = (): void => {
    state.open.delete(followed);
    const isShort = state.silentSinceMs !== undefined && now() - state.silentSinceMs < givenUpMs;
    if (state.open.size === 0 && state.words === '' && isShort) state.silentSinceMs = undefined;
  };
  const recordAnswer = (nowMs: number): void => {
    state.words = '';
    state.silentSinceMs = state.open.size === 0 ? undefined : nowMs;
  };
  return {
    sent(doing = '') {
      const nowMs = now();
      const knownMs = state.words === '' ? forgetMs.noWords : forgetMs.failed;
      if (state.open.size === 0 && nowMs - state.askedMs > knownMs) recordAnswer(nowMs);
      state.open.add(followed);
      state.silentSinceMs ??= nowMs;
      state.askedMs = nowMs;
      followed.firstMs ??= nowMs;
      Object.assign(followed, { sentMs: nowMs, doing });
    },
    received() {
      followed.sentMs = now();
      recordAnswer(followed.sentMs);
    },
    failed({ words, isAnswered, remainingMs }) {
      const nowMs = now();
      followed.endsMs = nowMs + remainingMs;
      state.askedMs = nowMs;
      followed.words = words;
      if (!isAnswered) state.words = words;
      state.open.delete(followed);
      if (isAnswered) recordAnswer(nowMs);
    },
    answered() {
      state.open.delete(followed);
      followed.words = '';
      followed.firstMs = undefined;
      recordAnswer(now());
    },
    ended() {
      followed.endedMs = now();
      if (followed.words === '') own.delete(followed);
      close();
    },
  };
}

/** The remote that has been silent longest of those an activity asks. */
function silentRemote(own: readonly Followed[], nowMs: number): Unanswered | undefined {
  const asked = new Map(own.map((one) => [one.state, one] as const));
  const silent = [...asked].filter(([state]) => {
    const { silentSinceMs } = state;
    return silentSinceMs !== undefined && nowMs - silentSinceMs >= silenceMs + bodyMs(state.open);
  });
  const sinceMs = Math.min(...silent.map(([state]) => state.silentSinceMs ?? nowMs));
  const longest = silent.find(([state]) => state.silentSinceMs === sinceMs);
  if (longest === undefined) return undefined;
  const [state, { request }] = longest;
  const doing = own.find((one) => one.state === state && one.doing !== '')?.doing ?? '';
  const others = silent.filter((one) => one !== longest).map(([, one]) => nameOf(one.request.remote));
  const too = others.length === 0 ? '' : `; no answer from ${others.join(' and ')} either`;
  return {
    for: { ...waitOn(request), condition: `an answer (${lastWords(state.words, doing)})${too}` },
    sinceMs,
    deadlineMs: Math.max(...own.filter((one) => one.state === state).map((one) => endOf(one, nowMs))),
  };
}

/**
 * The request that has gone longest without a good answer, though the remote answers others or has refused it. Before its
 * first failure only the present attempt counts, and of that what has come since: a long answer is no silence.
 */
function refusedRequest(own: readonly Followed[], nowMs: number): Unanswered | undefined {
  const since = ({ words, firstMs, sentMs }: Followed): number => (words === '' ? sentMs : firstMs) ?? nowMs;
  const [longest] = own
    .filter(({ state, endedMs, words, request }) => {
      if (endedMs !== undefined) return false;
      return words !== '' || (request.isQueued !== true && [...state.open].some((open) => open.request === request));
    })
    .filter((one) => nowMs - since(one) >= silenceMs + bodyMs([one]))
    .toSorted((one, other) => since(one) - since(other));
  if (longest === undefined) return undefined;
  const { request, words, doing } = longest;
  return {
    for: { ...waitOn(request), condition: `an answer to ${request.subject} (${lastWords(words, doing)})` },
    sinceMs: since(longest),
    deadlineMs: endOf(longest, nowMs),
  };
}

function waitOn({ remote }: OutsideRequest): Pick<WaitingFor, 'kind' | 'ref'> {
  return { kind: 'answer', ref: nameOf(remote) };
}

function nameOf({ kind, name, address }: Remote): string {
  return `${kind} ${name} (${address})`;
}

function lastWords(words: string, doing: string): string {
  if (words !== '') return `last answer: ${words}`;
  return doing === '' ? 'nothing has come back' : doing;
}

/** An attempt that takes longer than the one before has only the limit of all of them. */
function endOf({ firstMs, endsMs = 0, request }: Followed, nowMs: number): number {
  const lastMs = (firstMs ?? nowMs) + request.failsAfterMs;
  return endsMs >= nowMs ? Math.min(lastMs, endsMs) : lastMs;
}

function bodyMs(open: Iterable<Pick<Followed, 'request'>>): number {
  const bytes = Math.max(0, ...[...open].map(({ request }) => request.bodyBytes ?? 0));
  return Math.min(bodyMaxMs, (bytes / bodyBytesPerSecond) * 1_000);
}
