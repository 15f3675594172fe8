import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { isLandfallError } from '../../../src/core/errors.ts';
import { observedUser } from '../../../src/host/observed-user.ts';
import { loadFile } from '../../../src/model/load-file.ts';
import { specOfRestore } from '../../../src/runs/restore-spec.ts';
import { openRunClient, type RunClient } from '../../../src/runs/run-client.ts';
import { scopeOf, storeOf } from '../configuration.ts';
import { strikeNow, type Struck } from '../faults/strike.ts';
import { readLane, type Lane } from '../lane.ts';
import type { Running } from '../running.ts';
import { runStruck } from '../struck-run.ts';
import type { Strike } from '../trial.ts';
import { changeApplication, ofNamespace, plantApplication, removeNamespace, seeNamespace } from './application.ts';
import type { History } from './history.ts';
import type { Happened, SeenHistory, SeenPoint, SeenReport } from './judge-history.ts';
import type { Operation } from './operation.ts';
import { ageLocks, damagePoint, seeLeftovers, seePoints } from './see-points.ts';

/** What was seen, and for the record how many strikes met their failpoint. */
export interface EndedHistory extends SeenHistory {
  readonly struck: number;
  readonly recoverMs: readonly number[];
  readonly durationMs: number;
}

/** A history that goes on. */
interface Course {
  readonly lane: Lane;
  readonly name: string;
  readonly directory: string;
  readonly source: string;
  readonly prefix: string;
  readonly storeRoot: string;
  /** Runs of backups, in the order in which they were asked for. */
  readonly made: string[];
  readonly happened: Happened[];
  damaged: readonly string[];
  runs: number;
}

/** How long another run may go on while the first is held: one that waits for it goes on afterwards. */
const besideMs = 8_000;
/** What a sweep may remove only in the next second, and what a run that was cut off left for the next one. */
const lastSweeps = 4;
const settled = { graceMs: 0 } as const;

/** Runs a history on a lane. Leaves nothing on the clusters; the store is for who discards it. */
export async function runHistory(lane: Lane, { seed, steps }: History): Promise<EndedHistory> {
  const name = `${lane.name}-h${seed}`;
  const prefix = `${name}-${Date.now().toString(36)}`;
  const { s3 } = lane.lab;
  const course: Course = {
    ...{ lane, name, prefix, directory: join(lane.directory, name), source: `${name}-src` },
    ...{ storeRoot: join(s3.dataDirectory, s3.bucket, prefix), made: [], happened: [], damaged: [], runs: 0 },
  };
  rmSync(course.directory, { recursive: true, force: true });
  mkdirSync(course.directory, { recursive: true });
  await plantApplication(lane, course.source);
  const startedMs = performance.now();
  let struck = 0;
  const recoverMs: number[] = [];
  try {
    for (const { operation, strikes } of steps) {
      if (operation.do === 'damage') {
        damage(course, operation);
        continue;
      }
      const ended = await runStep(course, operation, strikes);
      struck += ended.struck;
      recoverMs.push(...ended.recoverMs);
    }
    const leftovers = await empty(course);
    const durationMs = performance.now() - startedMs;
    return { happened: course.happened, leftovers, struck, recoverMs, durationMs };
  } finally {
    await removeNamespace(lane.source, course.source);
  }
}

export function discardHistory(lane: Lane, { seed }: History): void {
  const name = `${lane.name}-h${seed}`;
  const { dataDirectory, bucket } = lane.lab.s3;
  const root = join(dataDirectory, bucket);
  const prefixes = existsSync(root) ? readdirSync(root).filter((one) => one.startsWith(`${name}-`)) : [];
  for (const prefix of prefixes) rmSync(join(root, prefix), { recursive: true, force: true });
  rmSync(join(lane.directory, name), { recursive: true, force: true });
}

/** A run that is to be started, and what the judge will want to know. */
interface Wanted {
  readonly operation: Operation;
  readonly run: string;
  readonly target: string;
  readonly workflowId: string;
  readonly start: (runs: RunClient) => Promise<WorkflowHandle>;
  readonly point?: string;
  readonly captured?: Happened['captured'];
}

type EndOf = Pick<Happened, 'status' | 'code' | 'stuck'>;

async function runStep(
  course: Course,
  operation: Operation,
  strikes: readonly Strike[]
): Promise<{ readonly struck: number; readonly recoverMs: readonly number[] }> {
  ageLocks(course.storeRoot);
  const wanted = await want(course, operation);
  if ('code' in wanted) {
    course.happened.push(await see(course, wanted.wanted, { status: 'REFUSED', code: wanted.code, stuck: '' }));
    return { struck: 0, recoverMs: [] };
  }
  const besides: { readonly wanted: Wanted; readonly end: EndOf }[] = [];
  const { lane, name, directory } = course;
  const ended = await runStruck({
    ...{ lane, name, directory, targetNamespace: wanted.target, strikes },
    ...{ workflowId: wanted.workflowId, start: wanted.start },
    strike: (running, strike) =>
      strike.action.do === 'beside'
        ? goBeside(course, running, strike, { operation: strike.action.operation, besides })
        : strikeNow(running, strike),
  });
  const isBeside = besides.length > 0;
  const step = isBeside ? { step: course.happened.length } : {};
  const isStruck = ended.struck > 0 && strikes.some(({ action }) => action.do === 'cancel' || action.do === 'gone');
  course.happened.push({ ...(await see(course, wanted, ended, { isBeside, isStruck })), ...step });
  for (const beside of besides) {
    course.happened.push({ ...(await see(course, beside.wanted, beside.end, { isBeside: true })), ...step });
  }
  for (const { target } of [wanted, ...besides.map((one) => one.wanted)]) await removeNamespace(lane.target, target);
  return ended;
}

/** Another run, while the first is held at its failpoint by a worker that does the work of both. */
async function goBeside(
  course: Course,
  running: Running,
  strike: Strike,
  { operation, besides }: { readonly operation: Operation; readonly besides: { wanted: Wanted; end: EndOf }[] }
): Promise<Struck> {
  const release = (): void => running.worker.release(running.idOf(strike));
  const wanted = await want(course, operation);
  const over = { healedAtMs: performance.now(), heal: () => Promise.resolve() };
  if ('code' in wanted) {
    besides.push({ wanted: wanted.wanted, end: { status: 'REFUSED', code: wanted.code, stuck: '' } });
    release();
    return over;
  }
  const runs = await openRunClient({ address: running.temporal.address, namespace: 'default' }, () => undefined);
  const ending = follow(runs, wanted);
  await Promise.race([ending, sleep(besideMs)]);
  release();
  return {
    ...over,
    async afterRun() {
      besides.push({ wanted, end: await ending });
      await runs.close();
    },
  };
}

async function follow(runs: RunClient, { start }: Wanted): Promise<EndOf> {
  try {
    const handle = await start(runs);
    const stop = new AbortController();
    const late = sleep(120_000, 'late' as const, { signal: stop.signal }).catch(() => 'late' as const);
    const code = await Promise.race([
      handle.result().then(
        () => '',
        (error: unknown) => typeOf(error)
      ),
      late,
    ]);
    stop.abort();
    if (code === 'late') return { status: '', code: '', stuck: 'nobody knows: it went on beside another run' };
    return { status: (await handle.describe()).status.name, code, stuck: '' };
  } catch (error) {
    if (!isLandfallError(error)) throw error;
    return { status: 'REFUSED', code: error.code, stuck: '' };
  }
}

function typeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { type?: string; name?: string } | undefined) : undefined;
  return cause?.type ?? cause?.name ?? String(error);
}

/** Prepares a run; a refusal before it begins is its end. */
async function want(
  course: Course,
  operation: Operation
): Promise<Wanted | { readonly code: string; readonly wanted: Wanted }> {
  const { lane, name, source, made } = course;
  course.runs += 1;
  const number = String(course.runs).padStart(2, '0');
  // Neither is a part of the other: a trace of the run is looked for by its id.
  const [run, target] = [`${name}-${number}`, `${name}-t${number}`];
  const point = 'point' in operation ? made[operation.point % made.length] : undefined;
  const base = { operation, run, target, ...(point === undefined ? {} : { point }) };
  const file = join(course.directory, `${run}.yaml`);
  writeFileSync(file, documents(course, { target, point }));
  const { backups, restores, locations } = await loadFile(file);
  const [backup, restore, location] = [backups[0], restores[0], locations[0]];
  if (backup === undefined || location === undefined) throw new Error(`${file} lacks a document`);
  const points = { runId: run, location, asked: observedUser(), ...settled };
  switch (operation.do) {
    case 'backup': {
      await changeApplication(lane, source, made.length);
      const captured = await seeNamespace(lane, 'source', source);
      made.push(run);
      const start = (runs: RunClient): Promise<WorkflowHandle> => runs.startBackup({ runId: run, spec: backup });
      return { ...base, captured, workflowId: `backup/${backup.name}`, start };
    }
    case 'restore': {
      if (restore === undefined) throw new Error(`${file} lacks a Restore`);
      const refused = { ...base, workflowId: '', start: () => Promise.reject(new Error('it was refused')) };
      try {
        const spec = await specOfRestore(restore);
        const start = (runs: RunClient): Promise<WorkflowHandle> => runs.startRestore({ runId: run, spec });
        return { ...base, workflowId: `restore/${restore.name}`, start };
      } catch (error) {
        if (!isLandfallError(error)) throw error;
        return { code: error.code, wanted: refused };
      }
    }
    case 'verify': {
      const { graceMs: _, ...input } = points;
      const start = (runs: RunClient): Promise<WorkflowHandle> => runs.startVerify({ ...input, points: [] });
      return { ...base, workflowId: `verification/${location.name}`, start };
    }
    case 'damage':
      throw new Error('a damage is no run');
    default: {
      const wish =
        operation.do === 'delete'
          ? { by: 'name' as const, names: [point ?? ''] }
          : operation.do === 'prune'
            ? { by: 'policy' as const, policy: { keepLast: operation.keepLast } }
            : { by: 'mark' as const };
      const start = (runs: RunClient): Promise<WorkflowHandle> => runs.startPrune({ ...points, wish });
      return { ...base, workflowId: `prune/${location.name}`, start };
    }
  }
}

function documents(
  { lane, name, source, prefix }: Course,
  { target, point }: { readonly target: string; readonly point: string | undefined }
): string {
  const of = (kind: string, called: string, spec: object): object => ({
    ...{ apiVersion: 'landfall.dev/v1alpha1', kind, metadata: { name: called }, spec },
  });
  const scope = { ...scopeOf(lane), namespaces: [source] };
  const namespaceMapping = { [source]: target };
  return [
    of('Cluster', 'source', { kubeconfig: { path: lane.kubeconfigs.source } }),
    of('Cluster', 'target', { kubeconfig: { path: lane.kubeconfigs.target } }),
    of('Location', name, storeOf(lane, prefix)),
    of('Backup', name, { source: 'source', location: name, scope, volumes: { mode: 'none' } }),
    ...(point === undefined
      ? []
      : [of('Restore', name, { location: name, target: 'target', point, namespaceMapping })]),
  ]
    .map((document) => JSON.stringify(document))
    .join('\n---\n');
}

async function see(
  course: Course,
  { operation, run, target, point, captured }: Wanted,
  end: EndOf,
  { isBeside = false, isStruck = false }: { readonly isBeside?: boolean; readonly isStruck?: boolean } = {}
): Promise<Happened> {
  const { lane, storeRoot, damaged } = course;
  const { status, code, stuck } = end;
  const report = reportOf(storeRoot, run);
  const restored = operation.do === 'restore' ? await seeNamespace(lane, 'target', target) : undefined;
  const sides = [await readLane(lane, 'source', [run]), await readLane(lane, 'target', [run])] as const;
  const isKept = operation.do === 'restore' && status === 'COMPLETED';
  const marked = [...sides[0].marked, ...(isKept ? sides[1].markedOutside : sides[1].marked)];
  const traces = marked.map((id) => `a trace of the run on ${id}`);
  return {
    ...{ operation, run, status, code, stuck, isBeside, isStruck, damaged, traces },
    ...(report === undefined ? {} : { report }),
    ...(captured === undefined ? {} : { captured }),
    ...(point === undefined ? {} : { point }),
    ...(restored === undefined ? {} : { restored }),
    points: lookAt(course),
  };
}

function lookAt({ storeRoot, source }: Course): SeenPoint[] {
  return seePoints(storeRoot, (objects) => ofNamespace(objects, source));
}

/** The newest report of a run, wherever its kind keeps it. */
function reportOf(root: string, run: string): SeenReport | undefined {
  const files = ['runs', 'point-runs'].flatMap((kind) => {
    const folder = join(root, kind, run, 'report');
    return existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  });
  const newest = files.toSorted((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
  return newest === undefined ? undefined : (JSON.parse(readFileSync(newest, 'utf8')) as SeenReport);
}

function damage(course: Course, { point, how }: Extract<Operation, { readonly do: 'damage' }>): void {
  const id = course.made[point % course.made.length] ?? '';
  if (!damagePoint(course.storeRoot, id, how)) return;
  course.damaged = lookAt(course).flatMap((seen) => (seen.problem === undefined ? [] : [seen.id]));
}

/** Deletes every point and sweeps, undisturbed; gives what is left then. */
async function empty(course: Course): Promise<string[]> {
  for (const [index, id] of course.made.entries()) {
    const seen = lookAt(course).find((one) => one.id === id);
    if (seen?.objects === undefined || seen.isMarked) continue;
    await runStep(course, { do: 'delete', point: index }, []);
  }
  for (let swept = 0; swept < lastSweeps && seeLeftovers(course.storeRoot).length > 0; swept += 1) {
    await runStep(course, { do: 'sweep' }, []);
  }
  return seeLeftovers(course.storeRoot);
}
