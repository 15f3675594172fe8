import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../src/host/wait.ts';
import { readLane, type Lane } from '../lane.ts';
import type { Ended } from '../run-trial.ts';
import { expectationOf } from '../faults/strike.ts';
import type { Trial } from '../trial.ts';
import { differences, textsOf, type ClusterPicture } from './read-cluster.ts';
import { openUploads, readStore, type StorePicture } from './read-store.ts';

/** How an undisturbed run of a fixture ends, with the names of its lane replaced. */
export interface Expected {
  readonly target: ReadonlyMap<string, string>;
  readonly point: ReadonlyMap<string, string>;
}

export type Outcome = 'equal' | 'rolled-back' | 'cleaned-up' | 'failed';

export interface Verdict {
  readonly outcome: Outcome;
  /** Code of the error a turned-back run ended with. */
  readonly code: string;
  /** Why the seed failed; empty when it did not. */
  readonly problems: readonly string[];
}

/** The API that nobody answers for in the faults of row 9. */
const downApi = 'down.example.test/v1';

/** Controllers follow what the run did: what differs is looked at again for so long before it counts. */
const settlesWithinMs = 30_000;

/** Judges how a run ended by what is on both clusters and in the store; asks nothing of the code under test. */
export async function judge(lane: Lane, trial: Trial, ended: Ended, expected: Expected | undefined): Promise<Verdict> {
  const store = readStore(ended.storeRoot, ended);
  if (ended.stuck !== '') return failed('', [`it did not end; it waited for ${ended.stuck}`]);
  const code = store.report?.error?.code ?? ended.code;
  const wanted = expectationOf(trial.strikes);
  const asBefore = ended.status !== 'COMPLETED';
  const common = [
    ...store.problems,
    ...store.leftovers.map((key) => `the store still holds ${key}`),
    ...openUploads(ended.storeRoot).map((upload) => `the store holds a multipart upload nobody ended: ${upload}`),
  ];
  const find = async (): Promise<string[]> => [
    ...common,
    ...(asBefore
      ? except(keptNamespace(ended, store), [...(await unlikeBefore(lane, ended)), ...unreportedEnd(ended, store)])
      : [...(await unlikeUndisturbed(lane, ended, store, expected)), ...unreportedSuccess(store)]),
    ...(await changedSource(lane, ended)),
  ];
  const problems = await settled(find);
  if (ended.status === 'TERMINATED' && wanted !== 'cleaned')
    problems.push('the workflow was terminated by nobody of us');
  if (ended.status === 'TERMINATED' && ended.cleanup !== 'done') problems.push(`landfall cleanup: ${ended.cleanup}`);
  if (asBefore && ended.struck === 0) problems.push(`nothing struck, and the run ended ${ended.status} ${code}`);
  if (wanted === 'incomplete') problems.push(...unreportedUnseen(ended, store));
  if (asBefore && (wanted === 'equal' || wanted === 'incomplete'))
    problems.push(`the run failed for a fault that passes: ${ended.status} ${code}`);
  if (problems.length > 0) return failed(code, problems);
  if (!asBefore) return { outcome: 'equal', code: '', problems };
  return { outcome: ended.status === 'TERMINATED' ? 'cleaned-up' : 'rolled-back', code, problems };
}

/** What an undisturbed run leaves, for comparing others with it. */
export async function expectedOf(lane: Lane, ended: Ended): Promise<Expected> {
  const { point } = readStore(ended.storeRoot, ended);
  if (ended.status !== 'COMPLETED' || point === undefined) {
    throw new Error(`the undisturbed run ended ${ended.status} ${ended.code}: see ${lane.directory}`);
  }
  const target = textsOf(await readLane(lane, 'target'), namesOf(lane, ended));
  return { target, point: renamed(point, namesOf(lane, ended)) };
}

async function unlikeUndisturbed(
  lane: Lane,
  ended: Ended,
  store: StorePicture,
  expected: Expected | undefined
): Promise<string[]> {
  const names = namesOf(lane, ended);
  const target = await readLane(lane, 'target', marksOf(ended));
  const found = target.markedOutside.map((id) => `target: a trace of the run on ${id}`);
  if (expected === undefined) return found;
  found.push(...differences(expected.target, textsOf(target, names)).map((line) => `target: ${line}`));
  if (store.point === undefined) return [...found, 'there is no recovery point'];
  if (isUsed(ended)) found.push(`store: ${ended.pointId} still counts as used by the run`);
  return [...found, ...differences(expected.point, renamed(store.point, names)).map((line) => `store: ${line}`)];
}

/** A run that has ended lets go of the point it wrote or restored. */
function isUsed({ storeRoot, pointId, runId }: Ended): boolean {
  return existsSync(join(storeRoot, 'points', pointId, 'uses', `${runId}.json`));
}

async function unlikeBefore(lane: Lane, ended: Ended): Promise<string[]> {
  const target = await readLane(lane, 'target', marksOf(ended));
  const texts = (picture: ClusterPicture): ReadonlyMap<string, string> =>
    new Map([...picture.objects].map(([id, { uid, text }]) => [id, `${uid} ${text}`]));
  return [
    ...differences(texts(ended.before), texts(target)).map((line) => `target: ${line}`),
    ...target.markedOutside.map((id) => `target: a trace of the run on ${id}`),
    // An object that was brought back has been written by the undo; nothing else may know of the run.
    ...target.marked
      .filter((id) => !ended.before.objects.has(id))
      .map((id) => `target: ${id} has fields managed by the run`),
  ];
}

async function changedSource(lane: Lane, ended: Ended): Promise<string[]> {
  const source = await readLane(lane, 'source', marksOf(ended));
  const { before } = lane;
  if (before === undefined) throw new Error(`${lane.name} was not planted`);
  const texts = (picture: ClusterPicture): ReadonlyMap<string, string> =>
    new Map([...picture.objects].map(([id, { uid, text }]) => [id, `${uid} ${text}`]));
  return [
    ...differences(texts(before), texts(source)).map((line) => `source: ${line}`),
    ...source.marked.map((id) => `source: a trace of the run on ${id}`),
  ];
}

/**
 * What may be found of a namespace that the run has made and in which a quota of somebody else stands: it is kept, as the
 * only thing, by a name that says why, and with the exit code that calls a person (docs/decisions/0025).
 */
function keptNamespace({ targetNamespace }: Ended, { report }: StorePicture): readonly string[] {
  const [kept, ...others] = report?.undo.filter(({ state }) => state !== 'done') ?? [];
  const isNamed = kept?.error?.what.includes(`ResourceQuota ${targetNamespace}/lab-none`) === true;
  if (kept === undefined || !isNamed || others.length > 0 || report?.exitCode !== 6) return [];
  return [
    `target: extra namespaces /${targetNamespace}`,
    `target: namespaces /${targetNamespace} has fields managed by the run`,
    `the report says that it could not ${kept.title}`,
  ];
}

function except(expected: readonly string[], problems: readonly string[]): readonly string[] {
  return problems.filter((problem) => !expected.includes(problem));
}

/** A run that says it succeeded has a report that says the same. */
function unreportedSuccess({ report }: StorePicture): string[] {
  if (report === undefined) return [];
  const { missing, different } = report.parity;
  const whole = report.outcome === 'succeeded' || report.findings.some(({ severity }) => severity !== 'info');
  const unseen = report.unseen ?? [];
  return [
    ...(report.outcome === 'succeeded' ? unseen : []).map(
      ({ groupVersion }) => `the report says succeeded, and nobody has seen ${groupVersion}`
    ),
    ...(missing + different > 0 ? [`the report counts ${missing} missing and ${different} different objects`] : []),
    ...(whole ? [] : [`the report says ${report.outcome}, ${report.error?.code ?? 'without an error'}`]),
  ];
}

/** A run that could not ask a group says so by outcome, exit code, error and name. */
function unreportedUnseen({ status }: Ended, { report }: StorePicture): string[] {
  if (status !== 'COMPLETED' || report === undefined) return [];
  const { outcome, exitCode, error, unseen = [] } = report;
  const named = unseen.some(({ groupVersion }) => groupVersion === downApi) && error?.what.includes(downApi);
  const reported = outcome === 'partial' && exitCode === 3 && error?.code === 'DISCOVERY_INCOMPLETE' && named === true;
  return reported
    ? []
    : [`the report says ${outcome}, ${error?.code ?? 'no error'}, and not that ${downApi} is unseen`];
}

/** A run that was rolled back says why, and that everything was undone. */
function unreportedEnd(ended: Ended, { report }: StorePicture): string[] {
  if (ended.status === 'TERMINATED') return [];
  const undone = report?.undo.filter(({ state }) => state !== 'done') ?? [];
  return [
    ...undone.map(({ title }) => `the report says that it could not ${title}`),
    ...(ended.code === '' ? ['the run ended without a code'] : []),
    ...(ended.code === 'INTERNAL' ? [`INTERNAL: ${report?.error?.what ?? 'no report'}`] : []),
  ];
}

async function settled(find: () => Promise<string[]>): Promise<string[]> {
  let problems: string[] = [];
  await waitFor(async () => ((problems = await find()).length === 0 ? true : undefined), {
    ...{ what: 'the clusters to be as expected', deadlineMs: settlesWithinMs, intervalMs: 1_000 },
  }).catch((error: unknown) => {
    // A cluster that could not be read at all is no verdict.
    if (problems.length === 0) throw error;
  });
  return problems;
}

function namesOf(lane: Lane, { targetNamespace }: Ended): readonly (readonly [string, string])[] {
  // The longer one first: the target's name begins with the lane's.
  return [
    [targetNamespace, '(target)'],
    [lane.name, '(lane)'],
    [`"nodePort":${30_000 + lane.index}`, '"nodePort":"(lane)"'],
  ];
}

function renamed(
  texts: ReadonlyMap<string, string>,
  names: readonly (readonly [string, string])[]
): ReadonlyMap<string, string> {
  const rename = (text: string): string => names.reduce((whole, [from, to]) => whole.replaceAll(from, to), text);
  return new Map([...texts].map(([id, text]) => [rename(id), rename(text)]));
}

/** The id of the run stands in every label, annotation, name and field manager it makes. */
function marksOf({ runId }: Ended): readonly string[] {
  return [runId];
}

function failed(code: string, problems: readonly string[]): Verdict {
  return { outcome: 'failed', code, problems };
}
