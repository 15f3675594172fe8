import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { workerFlags } from '../../src/engine/worker-process.ts';
import { cpuSeconds, peakRssBytes } from './host.ts';
import type { MigrateRequest } from './landfall.ts';
import type { MigrationSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';

/** What a contestant process can be asked to do. Everything it needs beyond that it has prepared before. */
export type Task =
  | { readonly type: 'floor.capture'; readonly kubeconfig: string; readonly namespaces: readonly string[] }
  | {
      readonly type: 'floor.apply';
      readonly kubeconfig: string;
      readonly namespaces: readonly string[];
      readonly each: number;
      /** Asks only, in namespaces that are there. */
      readonly dryRun?: true;
    }
  | {
      readonly type: 'plain.capture';
      readonly kubeconfig: string;
      readonly namespaces: readonly string[];
      readonly file: string;
    }
  | { readonly type: 'plain.apply'; readonly kubeconfig: string; readonly namespace: string; readonly count: number }
  | { readonly type: 'landfall.capture'; readonly spec: MigrationSpec }
  | { readonly type: 'landfall.prepareApply'; readonly spec: MigrationSpec }
  | { readonly type: 'landfall.apply'; readonly name: string }
  | { readonly type: 'landfall.verify'; readonly location: S3LocationSpec; readonly point: string }
  | { readonly type: 'floor.read'; readonly location: S3LocationSpec; readonly keys: readonly string[] };

export interface TaskResult {
  /** Of the part that counts. */
  readonly ms: number;
  /** Processor seconds of this process in that part. */
  readonly cpuSeconds: number;
  readonly objects: number;
  readonly bytes?: number;
}

export interface Answer {
  readonly id: number;
  readonly result?: TaskResult;
  readonly error?: string;
}

/** A process of its own, so that neither memory nor warm code of one contestant is the other's. */
export interface Contestant {
  run(task: Task): Promise<TaskResult>;
  peakRssBytes(): number;
  cpuSeconds(): number;
  end(): void;
}

export type { MigrateRequest };

/** Starts a contestant with the flags of a Landfall worker. */
export function startContestant(): Contestant {
  const program = fileURLToPath(new URL('contestant-main.ts', import.meta.url));
  const child = fork(program, [], {
    execArgv: [...workerFlags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const pid = child.pid ?? 0;
  const open = new Map<number, { resolve(result: TaskResult): void; reject(error: Error): void }>();
  let ids = 0;
  const onExit = (): boolean => child.kill('SIGKILL');
  process.once('exit', onExit);
  child.on('message', ({ id, result, error }: Answer) => {
    const waiting = open.get(id);
    open.delete(id);
    if (result === undefined) waiting?.reject(new Error(error));
    else waiting?.resolve(result);
  });
  child.on('exit', (code) => {
    for (const waiting of open.values()) waiting.reject(new Error(`a contestant ended with ${code}`));
  });
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        ids += 1;
        open.set(ids, { resolve, reject });
        child.send({ id: ids, task });
      }),
    peakRssBytes: () => peakRssBytes(pid),
    cpuSeconds: () => cpuSeconds(pid),
    end() {
      process.off('exit', onExit);
      child.disconnect();
    },
  };
}
