import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../alternate.ts';
import { phaseTable, sampleOf } from '../contest-part.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { startLandfall, type MigrationCost } from '../landfall.ts';
import { megabytes, type Part, type PartOptions, type PartReport } from '../part.ts';
import { openPlace, type Place } from '../place.ts';
import { counted, judge } from '../result.ts';
import { median } from '../statistics.ts';
import { contestTable } from '../tables.ts';

const namespaceCount = 10;
const processes = ['source/kube-apiserver', 'source/etcd', 's3'];
const base = 'unchanged-base/';

/** A backup into a Location that holds a point of the same objects, beside one into an empty Location. */
export const unchanged: Part = {
  name: 'unchanged',
  title: 'Second backup: nothing has changed since the first',
  expectedMinutes: 8,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const count = Math.round(50_000 * scale);
  const rounds = 4;
  const place = await openPlace();
  try {
    const namespaces = namespaceNames('unchanged', namespaceCount);
    say(`planting ${count} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, count / namespaceCount, seed);
    const landfall = await startLandfall(place, 'unchanged-bench');
    try {
      const first: MigrationCost[] = [];
      const second: MigrationCost[] = [];
      await landfall.backup({ name: 'unchanged-0', prefix: base, namespaces, mapping: {} });
      const firstBytes = storedBytes(place, base);
      const secondBytes: number[] = [];
      let runs = 0;
      const before = processorTime();
      const contest = await alternate(
        async () => {
          const bytes = storedBytes(place, base);
          const cost = await landfall.backup({ name: `unchanged-${++runs}`, prefix: base, namespaces, mapping: {} });
          secondBytes.push(storedBytes(place, base) - bytes);
          second.push(cost);
          return sampleOf(cost, processes);
        },
        async () => {
          const cost = await landfall.backup({ name: `unchanged-${++runs}`, namespaces, mapping: {} });
          first.push(cost);
          return sampleOf(cost, processes);
        },
        { rounds, onRound: (done) => say(`round ${done} of ${rounds}`) }
      );
      const steal = stealPercent(before);
      const share = median(secondBytes) / firstBytes;
      return {
        results: [
          judge({
            ...{ what: `second backup of ${count} unchanged objects / the first, wall time`, direction: 'at most' },
            ...{ target: 0.5, measured: contest.wall, control: contest.control, stealPercent: steal },
          }),
          judge({
            ...{ what: `second backup of ${count} unchanged objects: bytes stored / the first`, direction: 'at most' },
            ...{ target: 0.01, measured: counted(share), stealPercent: steal },
          }),
        ],
        tables: [
          contestTable({ caption: `Backup of ${count} objects`, names: ['second', 'first'] }, contest),
          phaseTable('A first backup by phase (medians)', first),
          phaseTable('A second backup by phase (medians)', second),
        ],
        plots: [],
        notes: [
          `The first stored ${megabytes(firstBytes).toFixed(1)} MB, each further one ${(median(secondBytes) / 1e3).toFixed(0)} kB, with everything that a run writes: its index, its report, its events.`,
        ],
      };
    } finally {
      await landfall.end();
    }
  } finally {
    await place.end();
  }
}

/** Bytes of all objects below a prefix, on the disk of the S3 server. */
function storedBytes({ lab: { s3 } }: Place, prefix: string): number {
  const root = join(s3.dataDirectory, s3.bucket, prefix);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
