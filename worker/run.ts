import { NativeConnection, Worker } from '@temporalio/worker';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { createActivities } from '../activities/create.ts';
import type { Activities } from '../activities/index.ts';
import { largePayloads } from '../src/engine/large-payloads.ts';
import { noSeams } from '../src/ports/seams.ts';
import type { Seams } from '../src/ports/seams.ts';
import { bundleApart } from './bundle.ts';
import { keepContact } from './contact.ts';
import { createDependencies } from './dependencies.ts';
import { defaultTaskQueue, workerOptions } from './options.ts';

export interface RunWorkerOptions {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue?: string;
  /** Called once the worker polls. */
  readonly onReady?: () => void;
  /** Called around every activity and every effect of one: where the fault harness strikes; default nothing. */
  readonly seams?: Seams;
  /** File with workflows bundled before; default: bundled now, which takes some seconds. */
  readonly bundleFile?: string;
  /** Ends the worker gracefully. */
  readonly signal?: AbortSignal;
}

/** A Temporal server that is well answers in milliseconds; a later answer says nothing of now. */
const answerWithinMs = 2_000;

/** Runs a worker until it is told to stop. Throws when the server cannot be reached at the start. */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const connection = await NativeConnection.connect(options.connection);
  const ended = new AbortController();
  const ask = () =>
    connection.withDeadline(Date.now() + answerWithinMs, () => connection.workflowService.getSystemInfo({}));
  const dependencies = { ...createDependencies(options.seams), contactMs: keepContact(ask, ended.signal) };
  try {
    const worker = await Worker.create({
      ...workerOptions(options.taskQueue ?? defaultTaskQueue),
      connection,
      namespace: options.namespace,
      dataConverter: { payloadCodecs: [largePayloads] },
      workflowBundle: options.bundleFile === undefined ? await bundleApart() : { codePath: options.bundleFile },
      activities: betweenSeams(createActivities(dependencies), options.seams ?? noSeams),
    });
    options.signal?.addEventListener('abort', () => worker.shutdown(), { once: true });
    const running = worker.run();
    options.onReady?.();
    await running;
  } finally {
    ended.abort();
    await connection.close();
  }
}

/** Calls the seams around each activity, as `activity.<name>`; `after` is before the server learns of its end. */
function betweenSeams(activities: Activities, seams: Seams): Record<string, (request: never) => Promise<unknown>> {
  const around = (name: string, run: (request: never) => Promise<unknown>) => async (request: never) => {
    const effect = { name: `activity.${name}`, subject: '' };
    await seams.before(effect);
    const result = await run(request);
    await seams.after(effect);
    return result;
  };
  return Object.fromEntries(Object.entries(activities).map(([name, run]) => [name, around(name, run)]));
}
