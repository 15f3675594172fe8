import { NativeConnection, Worker } from '@temporalio/worker';
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/create.ts';
import type { Activities } from '../activities/index.ts';
import { runTaskQueue, taskQueueOf } from '../src/core/run/sites.ts';
import { largePayloads } from '../src/engine/large-payloads.ts';
import { noFailpoints } from '../src/ports/failpoints.ts';
import type { Failpoints } from '../src/ports/failpoints.ts';
import { bundleApart } from './bundle.ts';
import { keepContact } from './contact.ts';
import { createDependencies } from './dependencies.ts';
import { workerOptions } from './options.ts';
import type { Policy } from './policy/policy.ts';

export interface RunWorkerOptions {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  /** Task queue of the runs whose workflows it runs; default: that of every run. */
  readonly taskQueue?: string;
  /** Runs the work of these sites, and no workflow; default: the workflows, and work of no site. */
  readonly sites?: readonly string[];
  /** What runs may use of this machine, and through it. */
  readonly policy: Policy;
  /** Called once the worker polls. */
  readonly onReady?: () => void;
  /** Called around every activity and every effect of one: where the fault harness strikes; default nothing. */
  readonly failpoints?: Failpoints;
  /** File with workflows bundled before; default: bundled now, which takes some seconds. */
  readonly bundleFile?: string;
  /** Ends the worker gracefully. */
  readonly signal?: AbortSignal;
}

/** A Temporal server that is well answers in milliseconds; a later answer says nothing of now. */
const answerWithinMs = 2_000;

/**
 * Runs a worker until it is asked to stop: one for the runs, or one for each of its sites. Throws when the server cannot be
 * reached at the start.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const connection = await NativeConnection.connect(options.connection);
  const ended = new AbortController();
  const ask = () =>
    connection.withDeadline(Date.now() + answerWithinMs, () => connection.workflowService.getSystemInfo({}));
  const dependencies = {
    ...createDependencies(options.policy, options.failpoints),
    contactMs: keepContact(ask, ended.signal),
  };
  try {
    const activities = betweenFailpoints(createActivities(dependencies), options.failpoints ?? noFailpoints);
    const { namespace } = options;
    const common = { connection, namespace, dataConverter: { payloadCodecs: [largePayloads] }, activities };
    await runAll(
      await Promise.all((await polled(options)).map((one) => Worker.create({ ...common, ...one }))),
      options
    );
  } finally {
    ended.abort();
    await connection.close();
  }
}

/** What is polled: a task queue for each site, or that of the runs, with their workflows. */
async function polled({ sites = [], taskQueue = runTaskQueue, bundleFile }: RunWorkerOptions): Promise<Polled[]> {
  if (sites.length > 0) return [...new Set(sites)].map((site) => workerOptions(taskQueueOf(site)));
  return [
    {
      ...workerOptions(taskQueue),
      workflowBundle: bundleFile === undefined ? await bundleApart() : { codePath: bundleFile },
    },
  ];
}

type Polled = ReturnType<typeof workerOptions> & Pick<WorkerOptions, 'workflowBundle'>;

/** Runs workers until the signal; one that ends before takes the others with it. */
async function runAll(workers: readonly Worker[], { signal, onReady }: RunWorkerOptions): Promise<void> {
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal?.addEventListener('abort', stop, { once: true });
  const running = workers.map((worker) => worker.run().finally(stop));
  if (signal?.aborted === true) stop();
  onReady?.();
  // All of them have ended before the connection is closed below them.
  const ended = await Promise.allSettled(running);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** Calls the failpoints around each activity, as `activity.<name>`; `after` is before the server learns of its end. */
function betweenFailpoints(
  activities: Activities,
  failpoints: Failpoints
): Record<string, (request: never) => Promise<unknown>> {
  const around = (name: string, run: (request: never) => Promise<unknown>) => async (request: never) => {
    const effect = { name: `activity.${name}`, subject: '' };
    await failpoints.before(effect);
    const result = await run(request);
    await failpoints.after(effect);
    return result;
  };
  return Object.fromEntries(Object.entries(activities).map(([name, run]) => [name, around(name, run)]));
}
