import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { specOfRestore } from '../../src/runs/restore-spec.ts';
import { openRunClient, type RunClient } from '../../src/runs/run-client.ts';
import { loadFile } from '../../src/model/load-file.ts';
import { landfall } from '../support/e2e/cli.ts';
import type { Fault } from '../support/e2e/faults.ts';
import { startWorker, type TestWorker } from '../support/e2e/worker.ts';
import { endWithUs } from './children.ts';
import { strikeNow, type Struck } from './faults/strike.ts';
import { plantExisting, removeTarget } from './fixture.ts';
import { readLane, type Lane } from './lane.ts';
import type { ClusterPicture } from './oracle/read-cluster.ts';
import { configuration } from './configuration.ts';
import { describePending } from './pending.ts';
import { openTemporalLink, type TemporalLink } from './temporal-link.ts';
import { startTemporalServer, type TemporalServer } from './temporal-server.ts';
import type { Strike, Trial } from './trial.ts';
import type { Running } from './running.ts';

/** A run that has just begun, for whoever watches it. */
export interface Started {
  readonly name: string;
  /** Where commands find its Temporal. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a trial was, for the judge and for the record. */
export interface Ended {
  readonly runId: string;
  readonly targetNamespace: string;
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
  /** The target before the run. */
  readonly before: ClusterPicture;
  readonly storeRoot: string;
  /** The recovery point it writes, or restores. */
  readonly pointId: string;
  /** Effects and activities of all workers, in order for each. */
  readonly effects: readonly string[];
  /** What `landfall cleanup` said after a terminated run. */
  readonly cleanup: string;
}

/** After these the next trial starts a worker of its own. */
const leavesNoWorker: ReadonlySet<string> = new Set(['zombie', 'cut-off', 'clock', 'terminate']);

/** A run ends within this after the last fault is over, or the seed has failed. */
const endsWithinMs = 300_000;

/** Runs one migration or restore, strikes where the trial says, and waits for its end. Leaves the clusters for the judge. */
export async function runTrial(lane: Lane, trial: Trial, onStart?: (started: Started) => void): Promise<Ended> {
  const name = `${lane.name}-s${trial.seed}`;
  const targetNamespace = name;
  const directory = join(lane.directory, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await removeTarget(lane);
  if (trial.shape === 'existing') await plantExisting(lane, targetNamespace);
  const before = await readLane(lane, 'target');
  const disk = trial.shape === 'directory' ? mountDisk(join(directory, 'disk')) : undefined;
  const prefix = `${name}-${Date.now().toString(36)}`;
  const file = join(directory, 'landfall.yaml');
  const point = trial.shape === 'restored' ? lane.point : undefined;
  writeFileSync(
    file,
    configuration(lane, { name, targetNamespace, shape: trial.shape, prefix, disk, point: point?.id })
  );
  const { lab } = lane;
  const storeRoot = disk ?? join(lab.s3.dataDirectory, lab.s3.bucket, prefix);
  // With the attributes in which the S3 server keeps what it knows of an object.
  if (point !== undefined) execFileSync('cp', ['-a', point.folder, storeRoot]);
  const ownTemporal = trial.strikes.some(({ action }) => action.do === 'temporal');
  const temporal = ownTemporal ? await startTemporalServer(lab.temporal.binary, directory) : lane.temporal;
  const run = await openRun(trial, { file, name, temporal });
  const struck: Struck[] = [];
  const workers: TestWorker[] = [];
  const cutsOff = trial.strikes.some(({ action }) => action.do === 'cut-off');
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
      const remaining = trial.strikes.filter((strike) => !reached.has(idOf(strike)));
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
    onStart?.({ name, env: run.env });
    for (;;) {
      const remaining = trial.strikes.filter((one) => !reached.has(idOf(one)));
      const strike = await nextReached(running, remaining, run.over);
      if (strike === undefined) break;
      reached.add(idOf(strike));
      const reported = effectsOf(workers).length;
      const blow = await strikeNow(running, strike);
      struck.push(blow);
      void recovery(blow, () => effectsOf(workers).length > reported, run.over).then((ms) => recoverMs.push(ms));
    }
    stuck = await endOrStuck(run, struck);
    for (const blow of struck) await blow.heal();
    for (const blow of struck) await blow.afterRun?.();
    if (run.status() === 'TERMINATED') cleanup = await cleanUp(run, name);
  } finally {
    for (const blow of struck) await blow.heal();
    if (stuck !== '') await run.handle.terminate('the trial is over').catch(() => undefined);
    const spoiled =
      ownTemporal ||
      stuck !== '' ||
      run.status() === '' ||
      trial.strikes.some(({ action }) => leavesNoWorker.has(action.do));
    const ending = workers.filter((worker) => spoiled || worker !== current);
    await Promise.all(ending.map((worker) => worker.kill()));
    for (const link of links.values()) link.close();
    if (!ownTemporal) lane.idle = spoiled ? undefined : current;
    if (ownTemporal) await temporal.kill();
    await run.close();
  }
  return {
    ...{ runId: run.runId, targetNamespace, status: run.status(), code: run.code(), stuck, struck: reached.size },
    ...{ recoverMs, durationMs: performance.now() - startedMs, before, storeRoot, cleanup },
    pointId: point?.id ?? run.runId,
    effects: effectsOf(workers),
  };
}

/** Removes what a trial keeps on disk. */
export function discard(lane: Lane, trial: Trial, { storeRoot }: Ended): void {
  if (trial.shape === 'directory') execFileSync('umount', [storeRoot]);
  else rmSync(storeRoot, { recursive: true, force: true });
  rmSync(join(lane.directory, `${lane.name}-s${trial.seed}`), { recursive: true, force: true });
}

interface OpenedRun {
  readonly runId: string;
  readonly env: Readonly<Record<string, string>>;
  readonly handle: WorkflowHandle;
  readonly over: Promise<void>;
  start(): Promise<void>;
  status(): string;
  code(): string;
  close(): Promise<void>;
}

interface RunPlace {
  readonly file: string;
  readonly name: string;
  readonly temporal: TemporalServer;
}

async function openRun(trial: Trial, { file, name, temporal }: RunPlace): Promise<OpenedRun> {
  const env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'default' };
  const runs = await openRunClient({ address: temporal.address, namespace: 'default' }, () => undefined);
  const runId = `${name}-${String(trial.seed % 10_000).padStart(4, '0')}`;
  const over = Promise.withResolvers<void>();
  const { workflowId, start } = await startOf({ runs, file, name }, runId);
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
    ...{ runId, env, handle, over: over.promise },
    async start() {
      await start();
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

interface Starting extends Pick<RunPlace, 'file' | 'name'> {
  readonly runs: RunClient;
}

/** How the run of a file is started, and the id of its workflow. */
async function startOf(
  { runs, file, name }: Starting,
  runId: string
): Promise<{ readonly workflowId: string; readonly start: () => Promise<unknown> }> {
  const { migrations, restores } = await loadFile(file);
  const [migration] = migrations;
  if (migration !== undefined) {
    return { workflowId: `migration/${name}`, start: () => runs.startMigration({ runId, spec: migration }) };
  }
  const [restore] = restores;
  if (restore === undefined) throw new Error(`${file} has no run`);
  const spec = await specOfRestore(restore);
  return { workflowId: `restore/${name}`, start: () => runs.startRestore({ runId, spec }) };
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

/** A file system of two megabytes: full means what the kernel says, not what a test double says. */
function mountDisk(directory: string): string {
  if (existsSync(directory)) throw new Error(`${directory} is there already`);
  mkdirSync(directory, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'landfall-torture', directory]);
  return directory;
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
