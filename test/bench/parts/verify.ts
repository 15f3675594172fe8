import { readContents } from '../../../src/archive/contents.ts';
import { manifestKey } from '../../../src/archive/layout.ts';
import { readPoint } from '../../../src/archive/recovery-point.ts';
import { openLocation } from '../../../src/locations/open-location.ts';
import { alternate } from '../alternate.ts';
import { sampled } from '../contest-part.ts';
import { startContestant } from '../contestant.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { locationOf, startLandfall } from '../landfall.ts';
import { megabytes, type Part, type PartOptions, type PartReport } from '../part.ts';
import { openPlace, type Place } from '../place.ts';
import { judge } from '../result.ts';
import { contestTable } from '../tables.ts';

const namespaceCount = 10;
const processes = ['s3'];
const of = { name: 'verify-point', prefix: 'verify-point/' } as const;

/** Verification of a recovery point beside bare ranged reads of the same objects of the store. */
export const verify: Part = {
  name: 'verify',
  title: 'Verification: every byte read and compared, beside bare reads',
  expectedMinutes: 4,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const count = Math.round(50_000 * scale);
  const rounds = 8;
  const place = await openPlace();
  const [landfall, floor] = [startContestant(), startContestant()];
  try {
    const namespaces = namespaceNames('verify', namespaceCount);
    say(`planting ${count} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, count / namespaceCount, seed);
    const worker = await startLandfall(place, 'verify-bench');
    await worker.backup({ ...of, namespaces, mapping: {} });
    await worker.end();
    const location = locationOf(place, of);
    const keys = await keysOf(place);
    const before = processorTime();
    let bytes = 0;
    const contest = await alternate(
      async () => {
        const task = { type: 'floor.read', location, keys } as const;
        return (await sampled(place, floor, { task, processes })).sample;
      },
      async () => {
        const task = { type: 'landfall.verify', location, point: of.name } as const;
        const verified = await sampled(place, landfall, { task, processes });
        bytes = verified.bytes;
        return verified.sample;
      },
      { rounds, onRound: (done) => say(`round ${done} of ${rounds}`) }
    );
    return {
      results: [
        judge({
          ...{ what: `verification of ${count} objects: bytes a second / bare ranged reads`, direction: 'at least' },
          ...{ target: 0.8, measured: contest.wall, control: contest.control, stealPercent: stealPercent(before) },
        }),
      ],
      tables: [
        contestTable({ caption: `A point of ${count} objects`, names: ['bare reads', 'verification'] }, contest),
      ],
      plots: [],
      notes: [
        `The point has ${megabytes(bytes).toFixed(1)} MB in ${keys.length} objects of the store, which both read one after the other; a verification unpacks them and hashes each of the ${count} objects besides.`,
      ],
    };
  } finally {
    for (const contestant of [landfall, floor]) contestant.end();
    await place.end();
  }
}

/** Everything that a verification reads. */
async function keysOf(place: Place): Promise<readonly string[]> {
  const location = await openLocation(locationOf(place, of));
  try {
    const { manifest } = await readPoint(location, of.name);
    const keys = [manifestKey(of.name), ...manifest.attached.map(({ key }) => key)];
    if (manifest.contents === undefined) return keys;
    keys.push(manifest.contents.key);
    for await (const { key } of readContents(location, manifest.contents)) keys.push(key);
    return keys;
  } finally {
    await location.close();
  }
}
