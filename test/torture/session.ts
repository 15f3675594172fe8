import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { down, up, type Lab } from '../../lab/index.ts';
import { unmountBelow } from '../../lab/mounts.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { bundleVariable } from '../support/e2e/faults.ts';
import { isPortFree } from './fixture.ts';
import { prepareLane, recordUndisturbed, type Undisturbed } from './inventory.ts';
import type { Lane } from './lane.ts';
import { describeHistory, drawHistory, isHistory } from './histories/history.ts';
import { judgeHistory } from './histories/judge-history.ts';
import { discardHistory, runHistory } from './histories/run-history.ts';
import { judge, type Verdict } from './oracle/judge.ts';
import type { SeedResult } from './results.ts';
import { discard, runTrial } from './run-trial.ts';
import { describeTrial, drawTrial, kindNamed, type Trial } from './trial.ts';
import { openLane } from './open-lane.ts';

export interface SessionOptions {
  readonly seeds: readonly number[];
  /** Lanes at the same time. */
  readonly parallel: number;
  /** Index of the first lane. A session beside another one begins behind its lanes and leaves it whole-lab faults. */
  readonly lanesFrom: number;
  readonly only?: string;
  readonly commit: string;
  /** Leave the labs up for the next session. */
  readonly keepLabs: boolean;
  readonly say: (line: string) => void;
  readonly onResult: (result: SeedResult) => void;
}

/** The code of a seed in which not the run but the harness failed. */
const harnessFailed = 'HARNESS';
const labName = 'torture';
/** Faults that strike a whole lab have one for themselves. */
const exclusiveLabName = 'torture-exclusive';

/** Runs seeds: lanes side by side on one lab, seeds of whole-lab faults one after the other on another. */
export async function runSession(options: SessionOptions): Promise<void> {
  const { say, parallel } = options;
  const lab = await up({ light: true, name: labName });
  await bundleOnce(lab);
  const directory = join(lab.stateDirectory, `lanes-${options.lanesFrom}`);
  // A session that was killed has left the small file systems of its trials behind.
  await unmountBelow(directory);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const lanes: Lane[] = [];
  const histories = options.seeds.filter(isHistory);
  const drawn = options.seeds.filter((seed) => !isHistory(seed));
  const open = async (index: number, of = lab): Promise<Lane> => {
    const lane = await openLane(of, { index, sessionDirectory: directory });
    lanes.push(lane);
    if (drawn.length > 0) await prepareLane(lane);
    return lane;
  };
  try {
    const count = Math.max(1, Math.min(parallel, options.seeds.length));
    await Promise.all(Array.from({ length: count }, (_, index) => open(options.lanesFrom + index)));
    // A history brings its own application, and is compared with what it was by itself.
    await walkHistories(lanes, histories, options);
    if (drawn.length === 0) return;
    const undisturbed = await recordUndisturbed(lanes, say);
    const trials = drawn.map((seed) => drawTrial(seed, undisturbed.inventories, options.only));
    const [exclusive, shared] = [trials.filter(isExclusive), trials.filter((trial) => !isExclusive(trial))];
    let next = options.lanesFrom + count;
    const walk = async (first: Lane, queue: Trial[]): Promise<void> => {
      let lane = first;
      for (let trial = queue.shift(); trial !== undefined; trial = queue.shift()) {
        // A lane whose port its last trial has blocked makes room for another one.
        if (isExclusive(trial) && !(await isPortFree(lane))) lane = await open(next++, lane.lab);
        const { code } = await runSeed(lane, trial, undisturbed, options);
        // Its run may still be going on.
        if (code === harnessFailed && queue.length > 0) lane = await open(next++, lane.lab);
      }
    };
    const walks = [...lanes].map((lane) => walk(lane, shared));
    if (exclusive.length > 0 && options.lanesFrom === 0) {
      const own = up({ light: true, name: exclusiveLabName });
      walks.push((async () => walk(await open(next++, await own), exclusive))());
    }
    // One lane that breaks must not take the ground from under the others.
    const broken = (await Promise.allSettled(walks)).filter(({ status }) => status === 'rejected');
    for (const { reason } of broken as PromiseRejectedResult[])
      say(`a lane broke: ${(reason as Error).stack ?? reason}`);
  } finally {
    for (const lane of lanes) await lane.close();
    if (!options.keepLabs) for (const name of [labName, exclusiveLabName]) await down({ name });
  }
}

/** Runs histories, on each lane one after the other. */
async function walkHistories(lanes: readonly Lane[], seeds: number[], options: SessionOptions): Promise<void> {
  const walk = async (lane: Lane): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const history = drawHistory(seed);
      const strikes = history.steps.flatMap((step) => step.strikes);
      await judged(options, { seed, shape: 'history', strikes, text: describeHistory(history) }, async () => {
        const run = await runHistory(lane, history);
        const problems = judgeHistory(run);
        if (problems.length === 0) discardHistory(lane, history);
        return { run, verdict: { outcome: problems.length === 0 ? 'equal' : 'failed', code: '', problems } };
      });
    }
  };
  await Promise.all(lanes.map(walk));
}

/** Bundles the workflows for all workers that this process starts from now on. */
export async function bundleOnce({ stateDirectory }: Lab): Promise<void> {
  const bundleFile = join(stateDirectory, 'workflows.js');
  writeFileSync(bundleFile, (await bundleWorkflows()).code);
  process.env[bundleVariable] = bundleFile;
}

/** Strikes everything on its lab: nothing else may run there meanwhile. */
export function isExclusive({ strikes }: Pick<Trial, 'strikes'>): boolean {
  return strikes.some(({ fault }) => kindNamed(fault).exclusive === true);
}

async function runSeed(lane: Lane, trial: Trial, undisturbed: Undisturbed, options: SessionOptions): Promise<Verdict> {
  return judged(options, { ...trial, text: describeTrial(trial) }, async () => {
    const run = await runTrial(lane, trial);
    const verdict = await judge(lane, trial, run, undisturbed.expected[trial.shape]);
    // What a failed seed has left is looked at by a person.
    if (verdict.outcome !== 'failed' || trial.shape === 'directory') discard(lane, trial, run);
    return { run, verdict };
  });
}

/** What of a run is kept with its verdict. */
type Recorded = Pick<SeedResult, 'struck' | 'recoverMs' | 'durationMs'>;

/** A seed, in words for whoever watches. */
type Described = Pick<SeedResult, 'seed' | 'shape' | 'strikes'> & { readonly text: string };

/** Runs a seed and reports how it went; a harness that fails is a failed seed. */
async function judged(
  options: SessionOptions,
  { seed, shape, strikes, text }: Described,
  work: () => Promise<{ readonly run: Recorded; readonly verdict: Verdict }>
): Promise<Verdict> {
  const startedMs = performance.now();
  let verdict: Verdict;
  let run: Recorded = { struck: 0, recoverMs: [], durationMs: 0 };
  try {
    ({ run, verdict } = await work());
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    verdict = { outcome: 'failed', code: harnessFailed, problems: [why] };
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  const { struck, recoverMs, durationMs } = run;
  const missed = struck < strikes.length ? ` (${struck} of ${strikes.length} met their failpoint)` : '';
  const { outcome, code, problems } = verdict;
  options.say(`seed ${seed} ${outcome}${code === '' ? '' : ` ${code}`} ${seconds} s${missed}: ${text}`);
  for (const problem of problems.slice(0, 8)) options.say(`  ${problem}`);
  const at = new Date().toISOString();
  options.onResult({ seed, shape, strikes, commit: options.commit, struck, ...verdict, recoverMs, durationMs, at });
  return verdict;
}
