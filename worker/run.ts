import { NativeConnection, Worker } from '@temporalio/worker';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { createActivities } from '../activities/create.ts';
import type { Seams } from '../src/ports/seams.ts';
import { bundleApart } from './bundle.ts';
import { createDependencies } from './dependencies.ts';
import { defaultTaskQueue, workerOptions } from './options.ts';

export interface RunWorkerOptions {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue?: string;
  /** Called once the worker polls. */
  readonly onReady?: () => void;
  /** Called around every effect of the activities: where the fault harness kills and pauses; default nothing. */
  readonly seams?: Seams;
  /** File with workflows bundled before; default: bundled now, which takes some seconds. */
  readonly bundleFile?: string;
  /** Ends the worker gracefully. */
  readonly signal?: AbortSignal;
}

/** Runs a worker until it is told to stop. Throws when the server cannot be reached at the start. */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const connection = await NativeConnection.connect(options.connection);
  try {
    const worker = await Worker.create({
      ...workerOptions(options.taskQueue ?? defaultTaskQueue),
      connection,
      namespace: options.namespace,
      workflowBundle: options.bundleFile === undefined ? await bundleApart() : { codePath: options.bundleFile },
      activities: { ...createActivities(createDependencies(options.seams)) },
    });
    options.signal?.addEventListener('abort', () => worker.shutdown(), { once: true });
    const running = worker.run();
    options.onReady?.();
    await running;
  } finally {
    await connection.close();
  }
}
