import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { expect, it } from 'vitest';
import { markPoint } from '../../src/archive/mark-point.ts';
import { listPointFacts } from '../../src/archive/point-facts.ts';
import { createSweepFence } from '../../src/archive/sweep-fence.ts';
import { sweepLocation } from '../../src/archive/sweep.ts';
import { refuseDuringSweep, releasePoint, usePoint } from '../../src/archive/use-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import { isLandfallError, type ErrorCode } from '../../src/core/errors.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { Location } from '../../src/ports/location.ts';
import { commit, readAll, sample, type Sample } from './location-capture.ts';
import { filesystemSpec, s3Spec } from './location-servers.ts';

const rounds = Number(process.env['LANDFALL_RACE_ROUNDS'] ?? 200);
/** Races at the same time, each on a part of the store of its own: most of a round is waiting for it. */
const lanes = 4;
/** Rounds on one part: marks stay, so lists grow. */
const laneRounds = 50;

/** Points of successive rounds share most of their content, so that a sweep always has something both old and wanted. */
function listsOf(round: number): Sample[][] {
  const kinds = [`K${round % 3}`, `K${round % 5}`, `L${round % 7}`];
  return [...new Set(kinds)].map((kind) =>
    [1, 2, 3].map((at) => sample(`${kind}-${at}`, `{"${kind}":${at}}`, { kind }))
  );
}

async function unless<T>(codes: readonly ErrorCode[], work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (isLandfallError(error, ...codes)) return undefined;
    throw error;
  });
}

/** As a run begins: it waits for a sweep by asking again. */
async function begin(location: Location, use: { readonly point: string; readonly run: string }): Promise<void> {
  for (;;) {
    await usePoint(location, use);
    const began = await unless(
      ['LOCATION_SWEEPING'],
      refuseDuringSweep(location, use).then(() => true)
    );
    if (began === true) return;
    await sleep(1);
  }
}

const firstRound = 1;

interface Tally {
  written: number;
  read: number;
  tooLate: number;
  swept: number;
  removed: number;
}

/** One process each: a writer, two readers and a deleter of the same point, and a sweeper. */
async function race(connections: readonly Location[], round: number, tally: Tally): Promise<void> {
  const [writer, reader, deleter, sweeper] = connections as [Location, Location, Location, Location];
  const [own, last] = [`point-${round}`, `point-${round - 1}`];
  let isWritten = false;
  const write = async (): Promise<void> => {
    await sleep(Math.random() * 20);
    const use = { point: own, run: own };
    await begin(writer, use);
    await commit(writer, own, listsOf(round));
    await releasePoint(writer, use);
    tally.written += 1;
    isWritten = true;
  };
  const read = async (run: string): Promise<void> => {
    const use = { point: last, run };
    const began = await unless(
      ['RECOVERY_POINT_DELETED'],
      usePoint(reader, use).then(() => true)
    );
    if (began !== true) return void (tally.tooLate += 1);
    // The manifest of a point that was deleted before is no longer there: that is no loss.
    await readAll(reader, last);
    await releasePoint(reader, use);
    tally.read += 1;
  };
  const remove = async (): Promise<void> => {
    // Not asked who uses it: the deleter that asked a moment too early.
    await sleep(Math.random() * 40);
    await markPoint(deleter, last, { run: `delete-${round}` });
  };
  const sweep = async (): Promise<void> => {
    for (let more = true; more;) {
      more = !isWritten;
      await sleep(Math.random() * 20);
      const options = { run: `sweep-${round}`, graceMs: 0, fence: createSweepFence() };
      const swept = await unless(['LOCATION_SWEEPING'], sweepLocation(sweeper, options));
      tally.swept += swept?.points.length ?? 0;
      tally.removed += swept?.objects ?? 0;
    }
  };
  const readers = round > firstRound ? [read(`a-${round}`), read(`b-${round}`), remove()] : [];
  await Promise.all([write(), ...readers, sweep()]);
  expect((await verifyRecoveryPoint(reader, own)).problems).toEqual([]);
}

async function runLane(target: LocationSpec, tally: Tally): Promise<void> {
  const connections = await Promise.all(Array.from({ length: 4 }, () => openLocation(target)));
  const [location] = connections as [Location];
  const last = firstRound + laneRounds - 1;
  for (let round = firstRound; round <= last; round += 1) await race(connections, round, tally);
  // And nothing stays that nobody needs.
  await markPoint(location, `point-${last}`, { run: 'delete-last' });
  // Stores round their times: what was written in this second is swept in the next.
  await sleep(1_100);
  await sweepLocation(location, { run: 'sweep-last', graceMs: 0, fence: createSweepFence() });
  for await (const { key } of location.list('objects/')) expect.fail(`${key} is left`);
  expect((await listPointFacts(location)).filter(({ committedAtMs }) => committedAtMs !== undefined)).toEqual([]);
  await Promise.all(connections.map((one) => one.close()));
}

const providers: readonly (readonly [string, () => Promise<LocationSpec>])[] = [
  ['s3 (versitygw)', s3Spec],
  ['filesystem', () => Promise.resolve(filesystemSpec())],
];

it.each(providers)(
  'backup, restore and delete of one point at once, over and over: nothing referenced goes from %s',
  async (name, spec) => {
    const tally: Tally = { written: 0, read: 0, tooLate: 0, swept: 0, removed: 0 };
    const parts = Array.from({ length: Math.ceil(rounds / laneRounds) }, spec);
    await pMap(parts, (target) => runLane(target, tally), { concurrency: lanes });
    console.log(`${name}, ${rounds} rounds: ${JSON.stringify(tally)}`);
    expect(tally.written).toBe(rounds);
    expect(tally.read + tally.tooLate).toBe(2 * (rounds - rounds / laneRounds));
    for (const count of Object.values(tally)) expect(count).toBeGreaterThan(rounds / 100);
  },
  1_800_000
);
