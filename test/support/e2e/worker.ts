import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { faultsVariable, type Fault, type WorkerMessage } from './faults.ts';

export interface TestWorker {
  /** Effects that have happened so far, as `name subject`. */
  readonly effects: readonly string[];
  /** Resolves when the fault struck; rejects when the worker ends without. */
  reached(id: string): Promise<void>;
  /** Lets a paused worker go on. */
  release(id: string): void;
  /** Resolves with the signal or code by which it ended. */
  readonly ended: Promise<string>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

export interface WorkerPlace {
  /** Where its Temporal is, and secrets its migrations name. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Starts a worker with faults and waits until it polls. */
export async function startWorker(place: WorkerPlace, faults: readonly Fault[] = []): Promise<TestWorker> {
  const log = openSync(place.logFile, 'a');
  const child = fork(fileURLToPath(new URL('faulty-worker.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, ...place.env, [faultsVariable]: JSON.stringify(faults) },
  });
  closeSync(log);
  const effects: string[] = [];
  const reached = new Map(faults.map(({ id }) => [id, Promise.withResolvers<void>()]));
  const ready = Promise.withResolvers<void>();
  const ended = new Promise<string>((resolve) => child.on('exit', (code, signal) => resolve(signal ?? `${code}`)));
  void ended.then((how) => {
    const error = new Error(`the worker ended (${how}), see ${place.logFile}`);
    for (const { reject } of [ready, ...reached.values()]) reject(error);
  });
  for (const { promise } of reached.values()) promise.catch(() => undefined);
  child.on('message', (message: WorkerMessage) => {
    if (message.type === 'ready') ready.resolve();
    else if (message.type === 'effect') effects.push(message.text);
    else reached.get(message.id)?.resolve();
  });
  await ready.promise;
  return {
    effects,
    ended,
    reached: (id) => reached.get(id)?.promise ?? Promise.reject(new Error(`there is no fault ${id}`)),
    release: (id) => void child.send({ release: id }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
