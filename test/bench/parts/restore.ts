import { alternate } from '../alternate.ts';
import { readPoint } from '../../../src/archive/recovery-point.ts';
import { openLocation } from '../../../src/locations/open-location.ts';
import { phaseTable, sampled, sampleOf } from '../contest-part.ts';
import { startContestant } from '../contestant.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { locationOf, startLandfall, type MigrationCost } from '../landfall.ts';
import type { Part, PartOptions, PartReport } from '../part.ts';
import { openPlace, type Place } from '../place.ts';
import { judge } from '../result.ts';
import { contestTable } from '../tables.ts';

const namespaceCount = 10;
const processes = ['target/kube-apiserver', 'target/etcd', 's3'];
const from = { name: 'restore-from', prefix: 'restore-from/' } as const;

/** A whole restore against the floor of an apply: the same objects into fresh namespaces, again and again. */
export const restore: Part = {
  name: 'restore',
  title: 'Restore: a whole run, from a recovery point to compared objects',
  expectedMinutes: 8,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const count = Math.round(10_000 * scale);
  const rounds = 4;
  const place = await openPlace();
  const floor = startContestant();
  try {
    const namespaces = namespaceNames('restore', namespaceCount);
    const each = count / namespaceCount;
    say(`planting ${count} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, each, seed);
    const landfall = await startLandfall(place, 'restore-bench');
    try {
      await landfall.backup({ ...from, namespaces, mapping: {} });
      const point = { id: from.name, sha256: await hashOf(place) };
      const before = processorTime();
      const costs: MigrationCost[] = [];
      let runs = 0;
      const contest = await alternate(
        async () => {
          const name = `restore-${++runs}`;
          const mapping = Object.fromEntries(namespaces.map((namespace) => [namespace, `${name}-${namespace}`]));
          const cost = await landfall.restore({ name, prefix: from.prefix, namespaces, mapping }, point);
          costs.push(cost);
          return sampleOf(cost, processes);
        },
        async () => {
          const fresh = namespaceNames(`floor-${++runs}`, namespaceCount);
          const kubeconfig = place.kubeconfig('floor', 'target');
          const task = { type: 'floor.apply', kubeconfig, namespaces: fresh, each } as const;
          return (await sampled(place, floor, { task, processes })).sample;
        },
        { rounds, onRound: (done) => say(`round ${done} of ${rounds}`) }
      );
      return {
        results: [
          judge({
            ...{ what: `restore of ${count} objects: Landfall / floor of apply, wall time`, direction: 'at most' },
            ...{ target: 1.25, measured: contest.wall, control: contest.control, stealPercent: stealPercent(before) },
          }),
        ],
        tables: [
          contestTable(`Restore of ${count} objects into ${namespaceCount} fresh namespaces`, contest),
          phaseTable('A restore by phase (medians)', costs),
        ],
        plots: [],
        notes: [
          'The restore is a whole run: it looks whether all of the point is there, plans, applies, and compares every object with what is on the target. The floor posts bodies it has in memory.',
        ],
      };
    } finally {
      await landfall.end();
    }
  } finally {
    floor.end();
    await place.end();
  }
}

/** Of the manifest that the restores are bound to. */
async function hashOf(place: Place): Promise<string> {
  const location = await openLocation(locationOf(place, from));
  try {
    return (await readPoint(location, from.name)).ref.sha256;
  } finally {
    await location.close();
  }
}
