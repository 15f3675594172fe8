import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { specOfRestore } from '../../src/runs/restore-spec.ts';
import type { RunClient } from '../../src/runs/run-client.ts';
import { loadFile } from '../../src/model/load-file.ts';
import { plantExisting, removeTarget } from './fixture.ts';
import { readLane, type Lane } from './lane.ts';
import type { ClusterPicture } from './oracle/read-cluster.ts';
import { configuration } from './configuration.ts';
import { runStruck, type StruckEnd } from './struck-run.ts';
import type { Trial } from './trial.ts';

/** A run that has just begun, for whoever watches it. */
export interface Started {
  readonly name: string;
  /** Where commands find its Temporal. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a trial was, for the judge and for the record. */
export interface Ended extends StruckEnd {
  readonly runId: string;
  readonly targetNamespace: string;
  /** The target before the run. */
  readonly before: ClusterPicture;
  readonly storeRoot: string;
  /** The recovery point it writes, or restores. */
  readonly pointId: string;
}

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
  const runId = `${name}-${String(trial.seed % 10_000).padStart(4, '0')}`;
  const ended = await runStruck({
    ...{ lane, name, directory, targetNamespace, disk, strikes: trial.strikes },
    ...(await startOf({ file, name }, runId)),
    onStart: (env) => onStart?.({ name, env }),
  });
  return { ...ended, runId, targetNamespace, before, storeRoot, pointId: point?.id ?? runId };
}

/** Removes what a trial keeps on disk. */
export function discard(lane: Lane, trial: Trial, { storeRoot }: Ended): void {
  if (trial.shape === 'directory') execFileSync('umount', [storeRoot]);
  else rmSync(storeRoot, { recursive: true, force: true });
  rmSync(join(lane.directory, `${lane.name}-s${trial.seed}`), { recursive: true, force: true });
}

interface RunPlace {
  readonly file: string;
  readonly name: string;
}

/** How the run of a file is started, and the id of its workflow. */
async function startOf(
  { file, name }: RunPlace,
  runId: string
): Promise<{ readonly workflowId: string; readonly start: (runs: RunClient) => Promise<unknown> }> {
  const { migrations, restores } = await loadFile(file);
  const [migration] = migrations;
  if (migration !== undefined) {
    return { workflowId: `migration/${name}`, start: (runs) => runs.startMigration({ runId, spec: migration }) };
  }
  const [restore] = restores;
  if (restore === undefined) throw new Error(`${file} has no run`);
  const spec = await specOfRestore(restore);
  return { workflowId: `restore/${name}`, start: (runs) => runs.startRestore({ runId, spec }) };
}

/** A file system of two megabytes: full means what the kernel says, not what a test double says. */
function mountDisk(directory: string): string {
  if (existsSync(directory)) throw new Error(`${directory} is there already`);
  mkdirSync(directory, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'landfall-torture', directory]);
  return directory;
}
