import { join } from 'node:path';
import { alternate, type Sample } from '../alternate.ts';
import { startContestant, type Contestant, type Task } from '../contestant.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { specOf } from '../landfall.ts';
import { duration, megabytes, type Part, type PartOptions, type PartReport } from '../part.ts';
import { openPlace, type Place } from '../place.ts';
import { judge } from '../result.ts';
import { contestTable } from '../tables.ts';

const namespaceCount = 10;

/** Capture against the floor, and once against the plain way. */
export const capture: Part = {
  name: 'capture',
  title: 'Capture: list, select, hash, compress, store',
  expectedMinutes: 4,
  inQuick: true,
  run,
};

async function run({ quick, scale, say }: PartOptions): Promise<PartReport> {
  const count = quick ? 3_000 : 50_000 * scale;
  const rounds = quick ? 2 : 5;
  const place = await openPlace();
  const [landfall, floor, plain] = [startContestant(), startContestant(), startContestant()];
  try {
    const namespaces = namespaceNames('capture', namespaceCount);
    say(`planting ${count} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, count / namespaceCount, seed);
    const before = processorTime();
    let runs = 0;
    const contest = await alternate(
      () => {
        const name = `capture-${++runs}`;
        const spec = specOf(place, { name, namespaces, mapping: {} });
        return sampled(place, landfall, { type: 'landfall.capture', spec });
      },
      () =>
        sampled(place, floor, { type: 'floor.capture', kubeconfig: place.kubeconfig('floor', 'source'), namespaces }),
      { rounds, onRound: (done) => say(`round ${done} of ${rounds}`) }
    );
    const steal = stealPercent(before);
    const kubeconfig = place.kubeconfig('plain', 'source');
    const file = join(place.lab.stateDirectory, 'plain.tar.gz');
    const naive = await sampled(place, plain, { type: 'plain.capture', kubeconfig, namespaces, file });
    const rss = landfall.peakRssBytes();
    return {
      results: [
        judge({
          what: `capture of ${count} objects: Landfall / floor, wall time`,
          direction: 'at most',
          target: 1.5,
          measured: contest.wall,
          control: contest.control,
          stealPercent: steal,
        }),
      ],
      tables: [contestTable(`Capture of ${count} objects in ${namespaceCount} namespaces`, contest, { plain: naive })],
      plots: [],
      notes: [
        `Landfall captures into the S3 server of the lab; the floor and the plain way store nothing there (${duration(naive.ms)} for the plain way, one run).`,
        `The process that captured needed at most ${megabytes(rss).toFixed(0)} MB.`,
      ],
    };
  } finally {
    for (const contestant of [landfall, floor, plain]) contestant.end();
    await place.end();
  }
}

/** A task with the processor time it took on this machine, by process. */
async function sampled(place: Place, contestant: Contestant, task: Task): Promise<Sample> {
  const parts = ['source/kube-apiserver', 'source/etcd', 's3'];
  const before = parts.map((part) => place.cpuOf(part));
  const { ms, cpuSeconds } = await contestant.run(task);
  const cpu = Object.fromEntries(parts.map((part, at) => [part, place.cpuOf(part) - (before[at] ?? 0)]));
  return { ms, cpu: { client: cpuSeconds, ...cpu } };
}
