import { alternate, type Sample } from '../alternate.ts';
import { startContestant, type Contestant, type Task } from '../contestant.ts';
import { namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { specOf } from '../landfall.ts';
import type { Part, PartOptions, PartReport } from '../part.ts';
import { openPlace, type Place } from '../place.ts';
import { counted, judge } from '../result.ts';
import { contestTable, seconds } from '../tables.ts';

/** Apply against the floor: the same objects into fresh namespaces, again and again. */
export const apply: Part = {
  name: 'apply',
  title: 'Apply: read, transform, create in apply groups, wait',
  expectedMinutes: 5,
  inQuick: true,
  run,
};

async function run({ quick, scale, say }: PartOptions): Promise<PartReport> {
  const namespaceCount = quick ? 4 : 10;
  const each = (quick ? 1_000 : 10_000 * scale) / namespaceCount;
  const rounds = quick ? 2 : 4;
  const place = await openPlace();
  const [landfall, floor, plain] = [startContestant(), startContestant(), startContestant()];
  try {
    const namespaces = namespaceNames('apply', namespaceCount);
    say(`planting ${each * namespaceCount} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, each, seed);
    const before = processorTime();
    let runs = 0;
    const calls = { requests: 0, objects: 0 };
    const applyOnce = async (): Promise<Sample> => {
      const name = `apply-${++runs}`;
      const mapping = Object.fromEntries(namespaces.map((namespace) => [namespace, `${name}-${namespace}`]));
      await landfall.run({ type: 'landfall.prepareApply', spec: specOf(place, { name, namespaces, mapping }) });
      const callsBefore = await place.calls('landfall', 'target');
      const { sample, objects } = await sampled(place, landfall, { type: 'landfall.apply', name });
      calls.requests += (await place.calls('landfall', 'target')) - callsBefore;
      calls.objects += objects;
      return sample;
    };
    const floorOnce = async (): Promise<Sample> => {
      const fresh = namespaceNames(`floor-${++runs}`, namespaceCount);
      const kubeconfig = place.kubeconfig('floor', 'target');
      return (await sampled(place, floor, { type: 'floor.apply', kubeconfig, namespaces: fresh, each })).sample;
    };
    const contest = await alternate(applyOnce, floorOnce, {
      rounds,
      onRound: (done) => say(`round ${done} of ${rounds}`),
    });
    const steal = stealPercent(before);
    const count = Math.min(each * namespaceCount, 2_000);
    const naive = await sampled(place, plain, {
      type: 'plain.apply',
      kubeconfig: place.kubeconfig('plain', 'target'),
      namespace: 'plain-000',
      count,
    });
    const objects = each * namespaceCount;
    const perObject = calls.requests / calls.objects;
    return {
      results: [
        judge({
          what: `apply of ${objects} objects: Landfall / floor, wall time`,
          direction: 'at most',
          target: 1.25,
          measured: contest.wall,
          control: contest.control,
          stealPercent: steal,
        }),
        judge({
          what: `apply of ${objects} objects: API calls an object`,
          direction: 'at most',
          target: 1.15,
          measured: counted(perObject),
          stealPercent: steal,
        }),
      ],
      tables: [contestTable(`Apply of ${objects} objects into ${namespaceCount} fresh namespaces`, contest)],
      plots: [],
      notes: [
        `The plain way made ${count} objects in ${seconds(naive.sample.ms / 1000)} s, ` +
          `${(count / (naive.sample.ms / 1000)).toFixed(0)} a second.`,
        'Calls are counted by the API server itself: each contestant is a user with a FlowSchema of its own. Requests of controllers are in none of them.',
      ],
    };
  } finally {
    for (const contestant of [landfall, floor, plain]) contestant.end();
    await place.end();
  }
}

async function sampled(
  place: Place,
  contestant: Contestant,
  task: Task
): Promise<{ readonly sample: Sample; readonly objects: number }> {
  const parts = ['target/kube-apiserver', 'target/etcd', 's3'];
  const before = parts.map((part) => place.cpuOf(part));
  const { ms, cpuSeconds, objects } = await contestant.run(task);
  const cpu = Object.fromEntries(parts.map((part, at) => [part, place.cpuOf(part) - (before[at] ?? 0)]));
  return { sample: { ms, cpu: { client: cpuSeconds, ...cpu } }, objects };
}
