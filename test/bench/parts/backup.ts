import { alternate } from '../alternate.ts';
import { phaseTable, sampled, sampleOf } from '../contest-part.ts';
import { startContestant } from '../contestant.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { startLandfall, type MigrationCost } from '../landfall.ts';
import { megabytes, type Part, type PartOptions, type PartReport } from '../part.ts';
import { openPlace } from '../place.ts';
import { judge } from '../result.ts';
import { contestTable } from '../tables.ts';

const namespaceCount = 10;
const processes = ['source/kube-apiserver', 'source/etcd', 's3'];

/** A whole backup against the floor of a capture. */
export const backup: Part = {
  name: 'backup',
  title: 'Backup: a whole run, from its start to the recovery point',
  expectedMinutes: 4,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const count = Math.round(10_000 * scale);
  const rounds = 5;
  const place = await openPlace();
  const floor = startContestant();
  try {
    const namespaces = namespaceNames('backup', namespaceCount);
    say(`planting ${count} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, count / namespaceCount, seed);
    const landfall = await startLandfall(place, 'backup-bench');
    try {
      const before = processorTime();
      const costs: MigrationCost[] = [];
      const kubeconfig = place.kubeconfig('floor', 'source');
      const contest = await alternate(
        async () => {
          const cost = await landfall.backup({ name: `backup-${costs.length}`, namespaces, mapping: {} });
          costs.push(cost);
          return sampleOf(cost, processes);
        },
        async () => {
          const task = { type: 'floor.capture', kubeconfig, namespaces } as const;
          return (await sampled(place, floor, { task, processes })).sample;
        },
        { rounds, onRound: (done) => say(`round ${done} of ${rounds}`) }
      );
      const rss = Math.max(...costs.map(({ workerPeakRssBytes }) => workerPeakRssBytes));
      return {
        results: [
          judge({
            ...{ what: `backup of ${count} objects: Landfall / floor of capture, wall time`, direction: 'at most' },
            ...{ target: 1.5, measured: contest.wall, control: contest.control, stealPercent: stealPercent(before) },
          }),
        ],
        tables: [
          contestTable(`Backup of ${count} objects in ${namespaceCount} namespaces`, contest),
          phaseTable('A backup by phase (medians)', costs),
        ],
        plots: [],
        notes: [
          'The backup is a whole run of a worker and a Temporal server, its questions before the capture and its report included; the floor lists, hashes and compresses, and stores nothing.',
          `The worker needed at most ${megabytes(rss).toFixed(0)} MB.`,
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
