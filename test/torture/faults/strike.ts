import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../src/host/wait.ts';
import { kindNamed, type Strike } from '../trial.ts';
import type { FaultAction, FaultKind } from './catalogue.ts';
import { admitNothing, exceedQuota, holdNamespace } from './in-namespace.ts';
import { breakConversion, deleteDefinition, removeVersion } from './in-definition.ts';
import { dropAggregatedApi, expireNextPage, fillEtcd, rejectByPriority, stopApiServer } from './in-cluster.ts';
import type { Running } from '../running.ts';

/** What a strike leaves to do: whatever it broke is whole again after `heal`, which may be called at any time, again. */
export interface Struck {
  /** When the fault was over, by `performance.now()`; undefined while it lasts. */
  healedAtMs: number | undefined;
  heal(): Promise<void>;
  /** What is left to happen when the run is over, e.g. waking a zombie. */
  afterRun?(): Promise<void>;
}

/** Strikes at a failpoint that a worker has just reached and is held at. Returns once the worker goes on or is gone. */
export async function strikeNow(running: Running, strike: Strike): Promise<Struck> {
  const { action } = strike;
  switch (action.do) {
    case 'kill':
      await running.worker.kill();
      await running.startWorker();
      return over();
    case 'zombie':
    case 'cut-off':
      return outlive(running, strike, action);
    case 'cancel':
      await running.cancel();
      running.worker.release(running.idOf(strike));
      return over();
    case 'terminate':
      await running.terminate();
      running.worker.release(running.idOf(strike));
      return over();
    case 'abandon-upload':
      return abandonUpload(running, strike);
    case 'beside':
      throw new Error('only a history has another run beside the first');
    case 'definition-deleted':
      await deleteDefinition(running.lane);
      running.worker.release(running.idOf(strike));
      return over();
    case 'clock':
      running.worker.moveClock(action.skewMs);
      running.worker.release(running.idOf(strike));
      return over();
    default: {
      const heal = await begin(running, action);
      running.worker.release(running.idOf(strike));
      return lasting(heal.work, heal.forMs, heal.isOver);
    }
  }
}

interface Healing {
  readonly work: () => Promise<unknown>;
  readonly forMs: number;
  /** True once the fault is over by itself, e.g. by count. */
  readonly isOver?: () => boolean;
}

type Passing =
  'kill' | 'zombie' | 'cut-off' | 'cancel' | 'terminate' | 'clock' | 'abandon-upload' | 'definition-deleted' | 'beside';
type Lasting = Exclude<FaultAction, { readonly do: Passing }>;

async function begin(running: Running, action: Lasting): Promise<Healing> {
  const { lane, targetNamespace } = running;
  switch (action.do) {
    case 'proxy': {
      const proxy = lane.proxies[action.at];
      proxy.fail(action.fault, { match: action.match, count: action.count });
      return { work: () => proxy.heal(), forMs: action.forMs, isOver: () => proxy.struck >= action.count };
    }
    case 'gone':
      await lane.proxies[action.at].goAway();
      return { work: () => lane.proxies[action.at].heal(), forMs: action.forMs };
    case 'temporal':
      await running.temporal.kill();
      return { work: () => running.temporal.start(), forMs: action.goneMs };
    case 'expire-list':
      return { work: expireNextPage(lane, action.side), forMs: 60_000 };
    case 'reject-priority':
      return { work: await rejectByPriority(lane, action.side), forMs: action.forMs };
    case 'admission':
      return { work: await admitNothing(lane, targetNamespace), forMs: action.forMs };
    case 'quota':
      return { work: await exceedQuota(lane, targetNamespace), forMs: action.forMs };
    case 'terminating':
      return { work: await holdNamespace(lane, targetNamespace), forMs: action.forMs };
    case 'disk-full':
      return { work: running.fillDisk(), forMs: action.forMs };
    case 'api-server':
      return { work: await stopApiServer(lane, action.side), forMs: action.goneMs };
    case 'etcd-full':
      return { work: await fillEtcd(lane, action.side), forMs: action.forMs };
    case 'aggregated-down':
      return { work: await dropAggregatedApi(lane, action.side), forMs: action.forMs };
    case 'conversion-down':
      return { work: await breakConversion(lane), forMs: action.forMs };
    case 'version-removed':
      return { work: await removeVersion(lane), forMs: action.forMs };
  }
}

function over(): Struck {
  return { healedAtMs: performance.now(), heal: () => Promise.resolve() };
}

/** Heals by itself when its time is over. */
function lasting(work: () => Promise<unknown>, forMs: number, isOver: () => boolean = () => false): Struck {
  const stop = new AbortController();
  let healing: Promise<void> | undefined;
  const struck: Struck = {
    healedAtMs: undefined,
    heal() {
      stop.abort();
      // Also when it fails: whoever waits for the end of the fault waits for `heal` as well, and is reported there.
      healing ??= work()
        .then(() => undefined)
        .finally(() => (struck.healedAtMs ??= performance.now()));
      return healing;
    },
  };
  const watch = async (): Promise<void> => {
    const endsAt = performance.now() + forMs;
    while (performance.now() < endsAt && !stop.signal.aborted && !isOver()) {
      await sleep(Math.min(200, Math.max(1, endsAt - performance.now())));
    }
    if (isOver()) struck.healedAtMs ??= performance.now();
    await struck.heal();
  };
  // A failure to heal is reported by the call of `heal` when the trial ends.
  watch().catch(() => undefined);
  return struck;
}

async function abandonUpload(running: Running, strike: Strike): Promise<Struck> {
  const { store } = running.lane.proxies;
  store.fail({ kind: 'half-request' }, { match: 'writes', count: 1 });
  running.worker.release(running.idOf(strike));
  await Promise.race([
    running.over,
    waitFor(() => (store.struck > 0 ? true : undefined), { what: 'half of an object to be sent', deadlineMs: 60_000 }),
  ]);
  await running.worker.kill();
  await store.heal();
  await running.startWorker();
  return over();
}

type Outliving = Extract<FaultAction, { readonly do: 'zombie' | 'cut-off' }>;

/** How a worker is taken from its run, and comes back. */
interface Absence {
  begin(): void;
  end(): void;
}

/** A worker that is cut off is back for itself before Temporal is back for it. */
const apartMs = 2_000;

function absenceOf({ worker, linkOf }: Running, how: Outliving['do']): Absence {
  if (how === 'zombie') {
    return {
      begin: () => void process.kill(worker.pid, 'SIGSTOP'),
      end: () => void process.kill(worker.pid, 'SIGCONT'),
    };
  }
  const link = linkOf(worker);
  return { begin: () => link.cut(), end: () => void setTimeout(() => link.heal(), apartMs) };
}

/** A worker for which another one goes on, and which then acts again. */
async function outlive(running: Running, strike: Strike, { do: how, wake, cancel }: Outliving): Promise<Struck> {
  const absent = running.worker;
  const absence = absenceOf(running, how);
  absence.begin();
  const second = await running.startWorker();
  const wakeUp = (): void => {
    // The orders wait in its pipe: the first thing it learns when it wakes. Later strikes are the second worker's, or
    // the zombie would be held at their failpoints, where nobody looks.
    absent.disarm();
    absent.release(running.idOf(strike));
    absence.end();
  };
  if (cancel) await running.cancel();
  if (wake === 'soon') {
    await Promise.race([
      running.over,
      waitFor(() => (second.effects.length + second.activities.length > 0 ? true : undefined), {
        what: 'the second worker to go on',
        deadlineMs: 120_000,
      }),
    ]);
    wakeUp();
    return over();
  }
  return {
    ...over(),
    async afterRun() {
      wakeUp();
      // Long enough for a heartbeat of the first to be refused, and for whatever it still does before.
      await sleep(apartMs + 4_000);
    },
  };
}

/** What the product has to make of the strikes of a trial: the most lenient of them. */
export function expectationOf(strikes: readonly Strike[]): FaultKind['expect'] {
  const wanted = strikes.map(({ fault }) => kindNamed(fault).expect);
  if (wanted.includes('incomplete')) return 'incomplete';
  if (wanted.includes('cleaned')) return 'cleaned';
  return wanted.includes('either') ? 'either' : 'equal';
}
