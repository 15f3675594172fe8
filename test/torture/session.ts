import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { down, up, type Lab } from '../../lab/index.ts';
import { unmountBelow } from '../../lab/mounts.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { bundleVariable } from '../support/e2e/faults.ts';
import { isPortFree } from './fixture.ts';
import { prepareLane, recordUndisturbed, type Undisturbed } from './inventory.ts';
import type { Lane } from './lane.ts';
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
  const open = async (index: number, of = lab): Promise<Lane> => {
    const lane = await openLane(of, { index, sessionDirectory: directory });
    lanes.push(lane);
    await prepareLane(lane);
    return lane;
  };
  try {
    const count = Math.max(1, Math.min(parallel, options.seeds.length));
    await Promise.all(Array.from({ length: count }, (_, index) => open(options.lanesFrom + index)));
    const undisturbed = await recordUndisturbed(lanes, say);
    const trials = options.seeds.map((seed) => drawTrial(seed, undisturbed.inventories, options.only));
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
  const startedMs = performance.now();
  const reported = { seed: trial.seed, shape: trial.shape, strikes: trial.strikes, commit: options.commit };
  let verdict: Verdict;
  let run = { struck: 0, recoverMs: [] as readonly number[], durationMs: 0 };
  try {
    const ended = await runTrial(lane, trial);
    run = ended;
    verdict = await judge(lane, trial, ended, undisturbed.expected[trial.shape]);
    // What a failed seed has left is looked at by a person.
    if (verdict.outcome !== 'failed' || trial.shape === 'directory') discard(lane, trial, ended);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    verdict = { outcome: 'failed', code: harnessFailed, problems: [why] };
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  const { struck, recoverMs, durationMs } = run;
  const missed = struck < trial.strikes.length ? ` (${struck} of ${trial.strikes.length} met their failpoint)` : '';
  options.say(
    `seed ${trial.seed} ${verdict.outcome}${verdict.code === '' ? '' : ` ${verdict.code}`} ${seconds} s${missed}: ${describeTrial(trial)}`
  );
  for (const problem of verdict.problems.slice(0, 8)) options.say(`  ${problem}`);
  options.onResult({ ...reported, struck, ...verdict, recoverMs, durationMs, at: new Date().toISOString() });
  return verdict;
}
