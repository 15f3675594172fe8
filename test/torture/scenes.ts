import type { ProxyFault } from './fault-proxy.ts';
import type { Strike } from './trial.ts';

/** What a reader of "When it breaks" sees: one fault, at a place where there is something to see. */
export interface Scene {
  /** Row of the fault matrix. */
  readonly row: string;
  readonly title: string;
  /** What a user does or waits for. */
  readonly advice: string;
  readonly strikes: readonly Strike[];
}

const apply = { failpoint: 'target.create ConfigMap', nth: 2, moment: 'before' } as const;
const capture = { failpoint: 'location.create objects/segments', nth: 1, moment: 'before' } as const;
const everything = 1_000_000;

function at(
  place: Pick<Strike, 'failpoint' | 'nth' | 'moment'>,
  fault: string,
  action: Strike['action']
): readonly Strike[] {
  return [{ fault, ...place, action }];
}

/** Answers of an API server or of the store that a proxy gives for a while. */
function answers(where: 'source' | 'target' | 'store', fault: ProxyFault, forMs: number): Strike['action'] {
  return { do: 'proxy', at: where, match: 'all', fault, count: everything, forMs };
}

/** In the order of the matrix. Durations are short enough to read, and long enough to be seen by who looks. */
export const scenes: readonly Scene[] = [
  {
    ...{
      row: '1',
      title: 'A worker is killed',
      advice: 'Nothing: another worker, or the same one started again, goes on.',
    },
    strikes: at(apply, 'worker-killed', { do: 'kill' }),
  },
  {
    row: '2',
    title: 'A worker stands still, another goes on, and the first wakes',
    advice: 'Nothing: what stood still too long writes nothing more.',
    strikes: at(apply, 'worker-zombie', { do: 'zombie', wake: 'late', cancel: false }),
  },
  {
    row: '3',
    title: 'The Temporal server is gone for 25 seconds',
    advice: 'Bring it back. The run is in its database.',
    strikes: at(apply, 'temporal-gone', { do: 'temporal', goneMs: 25_000 }),
  },
  {
    row: '4',
    title: 'The target throttles (429 with Retry-After)',
    advice: 'Nothing: requests slow down by themselves. `maxRequestsPerSecond` of the Cluster bounds them for good.',
    strikes: at(apply, 'api-throttled', answers('target', { kind: 'status', status: 429, retryAfterSeconds: 3 }, 9000)),
  },
  {
    row: '5',
    title: 'The target answers 503 for 12 seconds',
    advice: 'Look at the API server if it lasts.',
    strikes: at(apply, 'api-5xx', answers('target', { kind: 'status', status: 503 }, 12_000)),
  },
  {
    row: '5',
    title: 'The source breaks connections in the middle of answers',
    advice: 'Nothing: a list that was cut is never stored.',
    strikes: at(capture, 'api-reset-mid-body', answers('source', { kind: 'reset-mid' }, 8000)),
  },
  {
    row: '8',
    title: "The target's API server is gone for 30 seconds",
    advice:
      'Nothing for some minutes: the step is repeated. After 15 attempts the run rolls back, or waits with `onFailure: keep`.',
    strikes: at(apply, 'api-server-gone', { do: 'api-server', side: 'target', goneMs: 30_000 }),
  },
  {
    row: '8',
    title: 'etcd of the target is full (NOSPACE)',
    advice:
      'Free space, defragment, disarm the alarm, start again. The run rolls back, and its undo waits until there is room.',
    strikes: at(apply, 'etcd-full', { do: 'etcd-full', side: 'target', forMs: 15_000 }),
  },
  {
    row: '9',
    title: 'An aggregated API of the source is down',
    advice:
      'Repair the APIService and migrate again, or leave its group out with `excludeKinds`. Everything else has moved, and the run does not say that it is complete.',
    strikes: at({ failpoint: 'location.create probe', nth: 1, moment: 'before' }, 'aggregated-unseen', {
      ...{ do: 'aggregated-down', side: 'source', forMs: 60_000 },
    }),
  },
  {
    row: '9',
    title: 'An aggregated API of the target is down',
    advice: 'Nothing, unless kinds of that API are in scope.',
    strikes: at(apply, 'aggregated-down', { do: 'aggregated-down', side: 'target', forMs: 10_000 }),
  },
  {
    row: '11',
    title: 'A policy of the target refuses an object',
    advice:
      'Change the policy, or the object by a transform; start again. With `onFailure: keep` the run waits for `landfall resume`.',
    strikes: at(apply, 'admission-rejects', { do: 'admission', forMs: 600_000 }),
  },
  {
    row: '11',
    title: 'A quota of the target is used up',
    advice: 'Raise the quota, start again.',
    strikes: at(apply, 'quota-exceeded', { do: 'quota', forMs: 600_000 }),
  },
  {
    row: '12',
    title: 'The target namespace is stuck in Terminating',
    advice: 'Find who holds its finalizer. Landfall never removes finalizers of others.',
    strikes: at(apply, 'namespace-terminating', { do: 'terminating', forMs: 25_000 }),
  },
  {
    row: '13',
    title: 'The store answers 503 SlowDown',
    advice: 'Nothing: requests slow down by themselves.',
    strikes: at(capture, 'store-slow-down', answers('store', { kind: 'status', status: 503, code: 'SlowDown' }, 9000)),
  },
  {
    row: '13',
    title: 'The store is gone for 20 seconds',
    advice: 'Bring it back.',
    strikes: at(capture, 'store-gone', { do: 'gone', at: 'store', forMs: 20_000 }),
  },
  {
    row: '18',
    title: "The clock of the worker's machine is an hour wrong",
    advice: 'Set it right: certificates and signatures of others will not bear it either.',
    strikes: at(capture, 'clock-moved', { do: 'clock', skewMs: 3_600_000 }),
  },
  {
    row: '23',
    title: 'A user cancels',
    advice: 'Nothing. Start again when you like.',
    strikes: at(apply, 'cancelled', { do: 'cancel' }),
  },
  {
    row: '23',
    title: 'Somebody terminates the workflow in Temporal',
    advice: '`landfall cleanup RUN` removes what it left. Use `landfall cancel` next time.',
    strikes: at(apply, 'terminated', { do: 'terminate' }),
  },
];
