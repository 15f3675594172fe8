import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { faultsVariable, type Fault, type ReleaseMessage, type WorkerMessage } from './faults.ts';

export interface TestWorker {
  readonly pid: number;
  /** Effects that have happened so far, as `name subject`. */
  readonly effects: readonly string[];
  /** Activities that have come to their end so far, as `activity.name `. */
  readonly activities: readonly string[];
  /** Resolves when the fault struck; rejects when the worker ends without. */
  reached(id: string): Promise<void>;
  /** Takes other faults for the next migration, and forgets the effects of the last. */
  arm(faults: readonly Fault[]): Promise<void>;
  /** Takes all faults from it that have not struck; a stopped one learns of it when it wakes. */
  disarm(): void;
  /** Lets a paused worker go on. */
  release(id: string): void;
  /** Its clock jumps by so much. */
  moveClock(skewMs: number): void;
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
  const activities: string[] = [];
  const reached = new Map<string, PromiseWithResolvers<void>>();
  const expect = (wanted: readonly Fault[]): void => {
    reached.clear();
    for (const { id } of wanted) reached.set(id, Promise.withResolvers());
    for (const { promise } of reached.values()) promise.catch(() => undefined);
  };
  expect(faults);
  let armed = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const ended = new Promise<string>((resolve) => child.on('exit', (code, signal) => resolve(signal ?? `${code}`)));
  void ended.then((how) => {
    const error = new Error(`the worker ended (${how}), see ${place.logFile}`);
    armed.promise.catch(() => undefined);
    for (const { reject } of [ready, armed, ...reached.values()]) reject(error);
  });
  child.on('message', (message: WorkerMessage) => {
    if (message.type === 'ready') ready.resolve();
    else if (message.type === 'armed') armed.resolve();
    else if (message.type === 'effect') effects.push(message.text);
    else if (message.type === 'activity') activities.push(message.text);
    else reached.get(message.id)?.resolve();
  });
  await ready.promise;
  // A message to a worker that has just ended is no news.
  const send = (message: ReleaseMessage): void => void child.send(message, () => undefined);
  return {
    pid: child.pid ?? 0,
    effects,
    activities,
    ended,
    reached: (id) => reached.get(id)?.promise ?? Promise.reject(new Error(`there is no fault ${id}`)),
    async arm(wanted) {
      armed = Promise.withResolvers();
      send({ arm: wanted });
      await Promise.race([
        armed.promise,
        ended.then((how) => Promise.reject(new Error(`the worker had ended (${how})`))),
      ]);
      effects.length = 0;
      activities.length = 0;
      expect(wanted);
    },
    disarm: () => send({ arm: [] }),
    release: (id) => send({ release: id }),
    moveClock: (skewMs) => send({ skewMs }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
