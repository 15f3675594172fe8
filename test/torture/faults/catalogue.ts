import type { ProxyFault, ProxyMatch } from '../fault-proxy.ts';
import type { Operation } from '../histories/operation.ts';
import type { Random } from '../random.ts';
import type { Moment, ShapeName } from '../shape.ts';

/** What a fault does when its failpoint is reached. Plain data: printed with the seed. */
export type FaultAction =
  | { readonly do: 'kill' }
  /** SIGSTOP; a second worker takes over; SIGCONT once it works (`soon`) or once the run is over (`late`). */
  | { readonly do: 'zombie'; readonly wake: 'soon' | 'late'; readonly cancel: boolean }
  /** The same, but the worker lives and acts on: only its way to Temporal is cut, and healed after it goes on. */
  | { readonly do: 'cut-off'; readonly wake: 'soon' | 'late'; readonly cancel: boolean }
  | { readonly do: 'cancel' | 'terminate' }
  | { readonly do: 'temporal'; readonly goneMs: number }
  | ({ readonly do: 'proxy'; readonly at: Place; readonly fault: ProxyFault; readonly match: ProxyMatch } & Window)
  | { readonly do: 'gone'; readonly at: Place; readonly forMs: number }
  | { readonly do: 'expire-list'; readonly side: Side }
  | { readonly do: 'reject-priority'; readonly side: Side; readonly forMs: number }
  | { readonly do: 'admission' | 'quota' | 'terminating'; readonly forMs: number }
  | { readonly do: 'disk-full'; readonly forMs: number }
  | { readonly do: 'clock'; readonly skewMs: number }
  | { readonly do: 'api-server'; readonly side: Side; readonly goneMs: number }
  | { readonly do: 'etcd-full'; readonly side: Side; readonly forMs: number }
  | { readonly do: 'aggregated-down'; readonly side: Side; readonly forMs: number }
  /** The fixture's own kind on the source, `widgets`: how it is served changes under the run. */
  | { readonly do: 'conversion-down' | 'version-removed'; readonly forMs: number }
  | { readonly do: 'definition-deleted' }
  /** Half of the next object reaches the store, and the worker is killed. */
  | { readonly do: 'abandon-upload' }
  /** Of a history: another run of the same Location begins and goes as far as it can while the first one is held. */
  | { readonly do: 'beside'; readonly operation: Operation };

export type Side = 'source' | 'target';
export type Place = Side | 'store';

/** A fault lasts until so many requests went wrong or so much time has passed, whatever is first. */
interface Window {
  readonly count: number;
  readonly forMs: number;
}

export interface FaultKind {
  readonly name: string;
  /** Row of the fault matrix. */
  readonly row: string;
  /** What it is, for the page. */
  readonly what: string;
  readonly weight: number;
  readonly draw: (random: Random) => FaultAction;
  /** The fixture it needs; default any. */
  readonly shapes?: readonly ShapeName[];
  /** It strikes the source, of which a restore asks nothing. */
  readonly onSource?: true;
  /** Failpoints it strikes at; default any effect. */
  readonly at?: RegExp;
  readonly moments?: readonly Moment[];
  /** Strikes everything on the lab: one such seed at a time, on a lab without others. */
  readonly exclusive?: true;
  /**
   * What the product has to make of it. `equal`: as if undisturbed; `either`: or rolled back whole; `incomplete`: the rest
   * is as if undisturbed, and the run says that it is not complete.
   */
  readonly expect: 'equal' | 'either' | 'cleaned' | 'incomplete';
  /** The first seed that may draw it. Kinds that came later have one, so that no earlier seed changes its meaning. */
  readonly since?: number;
  /** May come after a cancel, while the run rolls back. */
  readonly duringUndo?: true;
}

const seconds = (random: Random, low: number, high: number): number => random.between(low, high) * 1_000;
const side = (random: Random): Side => random.one(['source', 'target', 'target']);
const anyMatch = (random: Random): ProxyMatch => random.one(['all', 'all', 'reads', 'writes']);

/** A fault of the proxy before an API server; about half end by count. */
function api(make: (random: Random) => ProxyFault, longestSeconds = 20): (random: Random) => FaultAction {
  return (random) => ({
    ...{ do: 'proxy', at: side(random), match: anyMatch(random) },
    fault: make(random),
    ...span(random, longestSeconds),
  });
}

function store(make: (random: Random) => ProxyFault, longestSeconds = 20): (random: Random) => FaultAction {
  return (random) => ({
    ...{ do: 'proxy', at: 'store', match: anyMatch(random) },
    fault: make(random),
    ...span(random, longestSeconds),
  });
}

function span(random: Random, longestSeconds: number): Window {
  const endless = random.next() < 0.5;
  return { count: endless ? 1_000_000 : random.between(1, 12), forMs: seconds(random, 2, longestSeconds) };
}

const s3 = ['fresh', 'existing'] as const;

/** Every kind of fault, with the row of the matrix it is for. The order counts: a seed chooses by position. */
export const faultKinds: readonly FaultKind[] = [
  {
    name: 'worker-killed',
    row: '1',
    what: 'SIGKILL of the worker',
    weight: 14,
    draw: () => ({ do: 'kill' }),
    expect: 'equal',
    duringUndo: true,
  },
  {
    ...{
      name: 'delivered-twice',
      row: '1, 2',
      what: 'SIGKILL between the last effect of an activity and its acknowledgement',
      weight: 8,
    },
    ...{
      draw: () => ({ do: 'kill' as const }),
      expect: 'equal',
      at: /^activity\./,
      moments: ['after'],
      duringUndo: true,
    },
  },
  {
    ...{
      name: 'worker-zombie',
      row: '2',
      what: 'SIGSTOP beyond the heartbeat timeout, a second worker goes on, SIGCONT',
      weight: 7,
    },
    draw: (random) => ({ do: 'zombie', wake: random.one(['soon', 'late']), cancel: false }),
    ...{ expect: 'equal', duringUndo: true },
  },
  {
    ...{
      name: 'zombie-cancelled',
      row: '2, 23',
      what: 'the same, and the run is cancelled and undone before the SIGCONT',
      weight: 4,
    },
    draw: () => ({ do: 'zombie', wake: 'late', cancel: true }),
    expect: 'either',
  },
  {
    ...{ name: 'temporal-restarted', row: '3', what: 'Temporal server: SIGKILL and started again', weight: 4 },
    ...{ draw: () => ({ do: 'temporal' as const, goneMs: 0 }), expect: 'equal', duringUndo: true },
  },
  {
    ...{ name: 'temporal-gone', row: '3', what: 'Temporal server and its database gone for 5 to 60 s', weight: 4 },
    ...{
      draw: (random: Random) => ({ do: 'temporal' as const, goneMs: seconds(random, 5, 60) }),
      expect: 'equal',
      duringUndo: true,
    },
  },
  {
    ...{
      name: 'api-throttled',
      row: '4',
      what: '429 with Retry-After 1 to 3 s',
      weight: 4,
      expect: 'either',
      duringUndo: true,
    },
    draw: api((random) => ({ kind: 'status', status: 429, retryAfterSeconds: random.between(1, 3) })),
  },
  {
    ...{
      name: 'api-rejects',
      row: '4',
      what: 'a real PriorityLevelConfiguration that rejects',
      weight: 3,
      expect: 'either',
    },
    draw: (random) => ({ do: 'reject-priority', side: side(random), forMs: seconds(random, 3, 15) }),
  },
  {
    ...{ name: 'api-5xx', row: '5', what: '500, 502, 503 or 504', weight: 5, expect: 'either', duringUndo: true },
    draw: api((random) => ({ kind: 'status', status: random.one([500, 502, 503, 504]) })),
  },
  {
    ...{
      name: 'api-reset',
      row: '5',
      what: 'connection reset before the request is read',
      weight: 4,
      expect: 'either',
      duringUndo: true,
    },
    draw: api(() => ({ kind: 'reset-before' })),
  },
  {
    ...{
      name: 'api-reset-mid-body',
      row: '5',
      what: 'connection reset in the middle of an answer',
      weight: 4,
      expect: 'either',
      duringUndo: true,
    },
    draw: api(() => ({ kind: 'reset-mid' })),
  },
  {
    ...{
      name: 'api-dropped-answer',
      row: '5',
      what: 'done by the server, and the answer is lost',
      weight: 5,
      expect: 'either',
      duringUndo: true,
    },
    draw: api(() => ({ kind: 'dropped-answer' })),
  },
  {
    ...{
      name: 'api-truncated',
      row: '5',
      what: 'half of the JSON, with a matching length',
      weight: 4,
      expect: 'either',
      duringUndo: true,
    },
    draw: api(() => ({ kind: 'truncated' })),
  },
  {
    ...{ name: 'api-hangs', row: '5', what: 'no answer for 5 to 60 s', weight: 3, expect: 'either', duringUndo: true },
    draw: api(() => ({ kind: 'hang' }), 60),
  },
  {
    ...{
      name: 'api-unreachable',
      row: '8',
      what: 'connections refused for 1 to 40 s',
      weight: 4,
      expect: 'either',
      duringUndo: true,
    },
    draw: (random) => ({ do: 'gone', at: side(random), forMs: seconds(random, 1, 40) }),
  },
  {
    ...{ name: 'api-conflict', row: '6', what: '409 to writes', weight: 4, expect: 'either', duringUndo: true },
    draw: (random) => ({
      do: 'proxy',
      at: 'target',
      match: 'writes',
      fault: { kind: 'status', status: 409 },
      count: random.between(1, 6),
      forMs: 5_000,
    }),
  },
  {
    ...{
      name: 'list-expired',
      row: '7',
      what: '410 on a continue token: etcd compacted between two pages',
      weight: 4,
      expect: 'equal',
    },
    ...{
      draw: (random: Random) => ({ do: 'expire-list' as const, side: side(random) }),
      at: /^location.create (probe|runs\/kinds|objects|runs\/(capture|batches))/,
    },
  },
  {
    ...{
      name: 'admission-rejects',
      row: '11',
      what: 'a ValidatingAdmissionPolicy refuses every write to the namespace',
      weight: 4,
      expect: 'either',
      at: /^(location|target)/,
    },
    draw: (random) => ({ do: 'admission', forMs: random.one([4_000, 45_000]) }),
  },
  {
    ...{
      name: 'quota-exceeded',
      row: '11',
      what: 'a ResourceQuota of the namespace is used up',
      weight: 3,
      expect: 'either',
      at: /^(location|target)/,
    },
    draw: (random) => ({ do: 'quota', forMs: random.one([4_000, 45_000]) }),
  },
  {
    ...{
      name: 'namespace-terminating',
      row: '12',
      what: 'somebody deletes the target namespace, and a finalizer holds it',
      weight: 3,
      expect: 'either',
      at: /^target/,
      shapes: ['fresh'],
    },
    draw: (random) => ({ do: 'terminating', forMs: seconds(random, 3, 20) }),
  },
  {
    ...{
      name: 'store-gone',
      row: '13',
      what: 'connections to the store refused for 1 to 60 s',
      weight: 4,
      expect: 'either',
      shapes: s3,
      duringUndo: true,
    },
    draw: (random) => ({ do: 'gone', at: 'store', forMs: seconds(random, 1, 60) }),
  },
  {
    ...{
      name: 'store-slow',
      row: '13',
      what: 'every answer of the store 0.5 to 3 s late',
      weight: 2,
      expect: 'equal',
      shapes: s3,
    },
    draw: store((random) => ({ kind: 'slow', delayMs: random.between(5, 30) * 100 })),
  },
  {
    ...{
      name: 'store-slow-down',
      row: '13',
      what: '503 SlowDown',
      weight: 4,
      expect: 'either',
      shapes: s3,
      duringUndo: true,
    },
    draw: store(() => ({ kind: 'status', status: 503, code: 'SlowDown' })),
  },
  {
    ...{
      name: 'store-500',
      row: '13',
      what: '500 InternalError',
      weight: 3,
      expect: 'either',
      shapes: s3,
      duringUndo: true,
    },
    draw: store(() => ({ kind: 'status', status: 500, code: 'InternalError' })),
  },
  {
    ...{
      name: 'store-dropped-answer',
      row: '13',
      what: 'success that looked like failure: stored, and the answer is lost',
      weight: 5,
      expect: 'either',
      shapes: s3,
      duringUndo: true,
    },
    draw: store(() => ({ kind: 'dropped-answer' })),
  },
  {
    ...{
      name: 'store-reset',
      row: '13',
      what: 'connection reset in the middle of an answer',
      weight: 3,
      expect: 'either',
      shapes: s3,
      duringUndo: true,
    },
    draw: store(() => ({ kind: 'reset-mid' })),
  },
  {
    ...{
      name: 'store-hangs',
      row: '13',
      what: 'no answer of the store for 5 to 40 s',
      weight: 2,
      expect: 'either',
      shapes: s3,
    },
    draw: store(() => ({ kind: 'hang' }), 40),
  },
  {
    ...{
      name: 'store-full',
      row: '18',
      what: '507 XMinioStorageFull to writes, for a while or for good',
      weight: 3,
      expect: 'either',
      shapes: s3,
    },
    draw: (random) => ({
      ...{
        do: 'proxy',
        at: 'store',
        match: 'writes',
        fault: { kind: 'status', status: 507, code: 'XMinioStorageFull' },
      },
      ...{ count: 1_000_000, forMs: random.one([4_000, 20_000, 150_000]) },
    }),
  },
  {
    ...{
      name: 'disk-full',
      row: '18',
      what: 'the file system of a directory Location is full (ENOSPC of a real one)',
      weight: 4,
      expect: 'either',
      shapes: ['directory'],
    },
    draw: (random) => ({ do: 'disk-full', forMs: random.one([4_000, 20_000, 150_000]) }),
  },
  {
    ...{
      name: 'clock-moved',
      row: '18',
      what: 'the clock of the worker jumps by 10 minutes, an hour or a day',
      weight: 3,
      expect: 'either',
    },
    draw: (random) => ({ do: 'clock', skewMs: random.one([-1, 1]) * random.one([600_000, 3_600_000, 86_400_000]) }),
  },
  {
    name: 'cancelled',
    row: '23',
    what: '`landfall cancel`',
    weight: 8,
    draw: () => ({ do: 'cancel' }),
    expect: 'either',
  },
  {
    name: 'terminated',
    row: '23',
    what: 'the workflow is terminated; then `landfall cleanup`',
    weight: 5,
    draw: () => ({ do: 'terminate' }),
    expect: 'cleaned',
  },
  {
    ...{
      name: 'api-server-restarted',
      row: '8',
      what: 'kube-apiserver: SIGKILL and started again',
      weight: 1.5,
      expect: 'either',
      exclusive: true,
    },
    draw: (random) => ({ do: 'api-server', side: side(random), goneMs: 0 }),
  },
  {
    ...{
      name: 'api-server-gone',
      row: '8',
      what: 'kube-apiserver gone for 30 s',
      weight: 1,
      expect: 'either',
      exclusive: true,
    },
    draw: (random) => ({ do: 'api-server', side: side(random), goneMs: 30_000 }),
  },
  {
    ...{
      name: 'etcd-full',
      row: '8',
      what: 'etcd raises its NOSPACE alarm for 3 to 30 s',
      weight: 1.5,
      expect: 'either',
      exclusive: true,
    },
    draw: (random) => ({ do: 'etcd-full', side: side(random), forMs: seconds(random, 3, 30) }),
  },
  {
    ...{
      name: 'aggregated-down',
      row: '9',
      what: 'an APIService whose backend is dead',
      weight: 1.5,
      expect: 'either',
      exclusive: true,
    },
    draw: (random) => ({ do: 'aggregated-down', side: side(random), forMs: random.one([5_000, 150_000]) }),
  },
  {
    ...{
      name: 'aggregated-unseen',
      onSource: true,
      row: '9',
      what: 'the same on the source, from before the run looks: INCOMPLETE is demanded',
      weight: 1.5,
      expect: 'incomplete',
      exclusive: true,
      since: 500,
    },
    ...{ at: /^location\.create probe/, moments: ['before'] },
    draw: () => ({ do: 'aggregated-down', side: 'source', forMs: 150_000 }),
  },
  {
    ...{
      name: 'conversion-down',
      onSource: true,
      row: '10',
      what: 'a new version of a custom kind on the source, and its conversion webhook is dead',
      weight: 4,
      expect: 'either',
      since: 500,
    },
    ...{ at: /^location\.create probe/, moments: ['before'] },
    draw: (random) => ({ do: 'conversion-down', forMs: random.one([10_000, 60_000]) }),
  },
  {
    ...{
      name: 'version-removed',
      onSource: true,
      row: '10',
      what: 'the version of a custom kind the run reads is no longer served by the source',
      weight: 4,
      expect: 'either',
      since: 500,
    },
    ...{ at: /^location\.create runs\/kinds/, moments: ['after'] },
    draw: (random) => ({ do: 'version-removed', forMs: random.one([6_000, 60_000]) }),
  },
  {
    ...{
      name: 'definition-deleted',
      row: '10',
      what: 'somebody deletes the definition on the target that the run has applied',
      weight: 4,
      expect: 'either',
      since: 500,
    },
    ...{ at: /^target\.create (Namespace|ServiceAccount|ConfigMap|Secret)/ },
    draw: () => ({ do: 'definition-deleted' }),
  },
  {
    ...{
      name: 'upload-abandoned',
      row: '14',
      what: 'SIGKILL of the worker when half of an object has reached the store',
      weight: 5,
      expect: 'equal',
      shapes: s3,
      since: 500,
    },
    ...{ at: /^location\.create/, moments: ['before'] },
    draw: () => ({ do: 'abandon-upload' }),
  },
  {
    ...{
      name: 'worker-cut-off',
      row: '2, 3',
      what: 'a worker that reaches everything but Temporal; a second worker goes on; the first acts again',
      weight: 5,
    },
    draw: (random) => ({ do: 'cut-off', wake: random.one(['soon', 'late']), cancel: false }),
    ...{ expect: 'equal', duringUndo: true, since: 700 },
  },
  {
    ...{
      name: 'cut-off-cancelled',
      row: '2, 3, 23',
      what: 'the same, and the run is cancelled and undone before the first worker acts again',
      weight: 4,
      since: 700,
    },
    draw: () => ({ do: 'cut-off', wake: 'late', cancel: true }),
    expect: 'either',
  },
];
