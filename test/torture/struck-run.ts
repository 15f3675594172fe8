import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { openRunClient, type RunClient } from '../../src/runs/run-client.ts';
import { landfall } from '../support/e2e/cli.ts';
import type { Fault } from '../support/e2e/faults.ts';
import { startWorker, type TestWorker } from '../support/e2e/worker.ts';
import { endWithUs } from './children.ts';
import { strikeNow, type Struck } from './faults/strike.ts';
import type { Lane } from './lane.ts';
import { describePending } from './pending.ts';
import type { Running } from './running.ts';
import { openTemporalLink, type TemporalLink } from './temporal-link.ts';
import { startTemporalServer, type TemporalServer } from './temporal-server.ts';
import type { Strike } from './trial.ts';

/** One run of any kind, and what strikes it. */
export interface StruckOptions {
  readonly lane: Lane;
  /** What commands know the run by. */
  readonly name: string;
  /** Where a Temporal server of its own keeps its database. */
  readonly directory: string;
  readonly targetNamespace: string;
  /** Of a fixture with a disk of its own. */
  readonly disk?: string | undefined;
  readonly strikes: readonly Strike[];
  readonly workflowId: string;
  readonly start: (runs: RunClient) => Promise<unknown>;
  /** What is done when a failpoint is reached; default: the action of the strike. */
  readonly strike?: (running: Running, strike: Strike) => Promise<Struck>;
  /** The run has begun; commands find its Temporal by this environment. */
  readonly onStart?: (env: Readonly<Record<string, string>>) => void;
}

/** How the run ended. */
export interface StruckEnd {
  /** Status of the workflow, or '' when it did not end within its limit. */
  readonly status: string;
  /** Code of the failure the workflow closed with. */
  readonly code: string;
  /** Why it did not end. */
  readonly stuck: string;
  /** Strikes whose failpoint was reached. */
  readonly struck: number;
  /** From the end of each fault to the next effect, or to the end of the run. */
  readonly recoverMs: readonly number[];
  readonly durationMs: number;
  /** Effects and activities of all workers, in order for each. */
  readonly effects: readonly string[];
  /** What `landfall cleanup` said after a terminated run. */
  readonly cleanup: string;
}

/** After these the next trial starts a worker of its own. */
const leavesNoWorker: ReadonlySet<string> = new Set(['zombie', 'cut-off', 'clock', 'terminate']);

/** A run ends within this after the last fault is over, or the seed has failed. */
const endsWithinMs = 300_000;

/** Runs it, strikes where it is said, and waits for its end. */
export async function runStruck(options: StruckOptions): Promise<StruckEnd> {
  const { lane, directory, targetNamespace, disk, strikes } = options;
  const ownTemporal = strikes.some(({ action }) => action.do === 'temporal');
  const temporal = ownTemporal ? await startTemporalServer(lane.lab.temporal.binary, directory) : lane.temporal;
  const run = await openRun(options, temporal);
  const struck: Struck[] = [];
  const workers: TestWorker[] = [];
  const cutsOff = strikes.some(({ action }) => action.do === 'cut-off');
  const links = new Map<TestWorker, TemporalLink>();
  const reached = new Set<string>();
  let current: TestWorker | undefined;
  const running: Running = {
    lane,
    targetNamespace,
    temporal,
    get worker() {
      if (current === undefined) throw new Error('no worker was started');
      return current;
    },
    async startWorker() {
      const remaining = strikes.filter((strike) => !reached.has(idOf(strike)));
      const faults = remaining.map(faultOf);
      if (cutsOff) await lane.idle?.kill();
      const idle = ownTemporal || cutsOff ? undefined : lane.idle;
      if (!ownTemporal) lane.idle = undefined;
      if (idle !== undefined) {
        // Starting one costs as much as a whole migration.
        await idle.arm(faults);
        current = idle;
      } else {
        const link = cutsOff ? await openTemporalLink(temporal.address) : undefined;
        const env = link === undefined ? run.env : { ...run.env, TEMPORAL_ADDRESS: link.address };
        current = await startWorker({ env, logFile: join(lane.directory, 'worker.log') }, faults);
        endWithUs(current, current.ended);
        if (link !== undefined) links.set(current, link);
      }
      workers.push(current);
      return current;
    },
    linkOf(worker) {
      const link = links.get(worker);
      if (link === undefined) throw new Error('this worker has no link of its own');
      return link;
    },
    idOf,
    cancel: async () => void (await run.handle.cancel()),
    terminate: async () => void (await run.handle.terminate('torture')),
    fillDisk: () => fillDisk(disk),
    over: run.over,
  };
  const startedMs = performance.now();
  const recoverMs: number[] = [];
  let stuck = '';
  let cleanup = '';
  try {
    await running.startWorker();
    await run.start();
    options.onStart?.(run.env);
    for (;;) {
      const remaining = strikes.filter((one) => !reached.has(idOf(one)));
      const strike = await nextReached(running, remaining, run.over);
      if (strike === undefined) break;
      reached.add(idOf(strike));
      const reported = effectsOf(workers).length;
      const blow = await (options.strike ?? strikeNow)(running, strike);
      struck.push(blow);
      void recovery(blow, () => effectsOf(workers).length > reported, run.over).then((ms) => recoverMs.push(ms));
    }
    stuck = await endOrStuck(run, struck);
    for (const blow of struck) await blow.heal();
    for (const blow of struck) await blow.afterRun?.();
    if (run.status() === 'TERMINATED') cleanup = await cleanUp(run, options.name);
  } finally {
    for (const blow of struck) await blow.heal();
    if (stuck !== '') await run.handle.terminate('the trial is over').catch(() => undefined);
    const spoiled =
      ownTemporal || stuck !== '' || run.status() === '' || strikes.some(({ action }) => leavesNoWorker.has(action.do));
    const ending = workers.filter((worker) => spoiled || worker !== current);
    await Promise.all(ending.map((worker) => worker.kill()));
    for (const link of links.values()) link.close();
    if (!ownTemporal) lane.idle = spoiled ? undefined : current;
    if (ownTemporal) await temporal.kill();
    await run.close();
  }
  return {
    ...{ status: run.status(), code: run.code(), stuck, struck: reached.size, cleanup },
    ...{ recoverMs, durationMs: performance.now() - startedMs, effects: effectsOf(workers) },
  };
}

interface OpenedRun {
  readonly env: Readonly<Record<string, string>>;
  readonly handle: WorkflowHandle;
  readonly over: Promise<void>;
  start(): Promise<void>;
  status(): string;
  code(): string;
  close(): Promise<void>;
}

async function openRun({ workflowId, start }: StruckOptions, temporal: TemporalServer): Promise<OpenedRun> {
  const env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'default' };
  const runs = await openRunClient({ address: temporal.address, namespace: 'default' }, () => undefined);
  const over = Promise.withResolvers<void>();
  const handle = runs.client.workflow.getHandle(workflowId);
  let status = '';
  let code = '';
  let isClosed = false;
  const watch = async (): Promise<void> => {
    while (!isClosed) {
      // A Temporal that is gone for a while says nothing about the run.
      const seen = await handle.describe().catch(() => undefined);
      if (seen !== undefined && seen.status.name !== 'RUNNING') {
        status = seen.status.name;
        code = await handle.result().then(
          () => '',
          (error: unknown) => codeOf(error)
        );
        return over.resolve();
      }
      await sleep(250);
    }
  };
  return {
    ...{ env, handle, over: over.promise },
    async start() {
      await start(runs);
      void watch();
    },
    status: () => status,
    code: () => code,
    async close() {
      isClosed = true;
      await runs.close();
    },
  };
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { type?: string; name?: string } | undefined) : undefined;
  return cause?.type ?? cause?.name ?? String(error);
}

function idOf({ fault, failpoint, nth, moment }: Strike): string {
  return `${fault}@${moment} ${failpoint} ${nth}`;
}

/** Every worker pauses at a failpoint that strikes; the harness decides what happens then. */
function faultOf(strike: Strike): Fault {
  const [verb = '', what = ''] = strike.failpoint.split(/ (.*)/s);
  const escaped = what.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  // `runs/plan` stands for `runs/<run>/plan/…`.
  const subject = escaped.replace(/^runs\\\//, String.raw`runs\/[^/]*\/`);
  const end = verb.startsWith('location.') ? String.raw`(\/|$)` : '( |$)';
  const at = `^${verb.replaceAll('.', String.raw`\.`)} ${subject}${end}`;
  return { id: idOf(strike), at, when: strike.moment, nth: strike.nth, action: 'pause' };
}

/** The strike at whose failpoint the current worker is held next; undefined when the run is over without. */
async function nextReached(
  running: Running,
  remaining: readonly Strike[],
  over: Promise<unknown>
): Promise<Strike | undefined> {
  if (remaining.length === 0) return undefined;
  const stop = new AbortController();
  const reached = remaining.map((strike) => running.worker.reached(idOf(strike)).then(() => strike));
  const late = sleep(endsWithinMs, undefined, { signal: stop.signal }).catch(() => undefined);
  try {
    return await Promise.race([...reached, over.then(() => undefined), late]);
  } finally {
    stop.abort();
  }
}

/** Waits for the end of the run; reports what it waited for when it does not come. */
async function endOrStuck(run: OpenedRun, struck: readonly Struck[]): Promise<string> {
  let lastMs = performance.now();
  for (;;) {
    const isOver = await Promise.race([run.over.then(() => true), sleep(500, false)]);
    if (isOver) return '';
    const now = performance.now();
    if (struck.some(({ healedAtMs }) => healedAtMs === undefined)) lastMs = now;
    if (now - lastMs > endsWithinMs) return describePending(run.handle);
  }
}

async function recovery(blow: Struck, hasEffect: () => boolean, over: Promise<unknown>): Promise<number> {
  let isOver = false;
  void over.then(() => (isOver = true));
  while (blow.healedAtMs === undefined && !isOver) await sleep(50);
  const healed = blow.healedAtMs ?? performance.now();
  while (!hasEffect() && !isOver) await sleep(50);
  return Math.max(0, performance.now() - healed);
}

function effectsOf(workers: readonly TestWorker[]): string[] {
  return workers.flatMap(({ effects, activities }) => [...effects, ...activities]);
}

async function cleanUp(run: OpenedRun, name: string): Promise<string> {
  const { code, stdout, stderr } = await landfall(['cleanup', name, '--quiet'], run.env).ended;
  return code === 0 ? 'done' : `exit code ${code}: ${stdout.slice(-500)} ${stderr.slice(-500)}`;
}

function fillDisk(disk: string | undefined): () => Promise<unknown> {
  if (disk === undefined) throw new Error('this fixture has no disk of its own');
  const file = join(disk, 'in-the-way');
  try {
    writeFileSync(file, Buffer.alloc(4 * 1024 * 1024));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  return () => Promise.resolve(rmSync(file, { force: true }));
}
