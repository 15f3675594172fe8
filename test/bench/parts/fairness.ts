import { setTimeout as sleep } from 'node:timers/promises';
import { openBareApi, type BareApi } from '../bare-api.ts';
import { collectionOf, namespaceNames } from '../fixture.ts';
import { processorTime, stealPercent } from '../host.ts';
import { startLandfall } from '../landfall.ts';
import type { Part, PartOptions, PartReport } from '../part.ts';
import { openPlace, type Place } from '../place.ts';
import { counted, judge } from '../result.ts';
import { estimate, fairnessIndex, median, percentile } from '../statistics.ts';
import { interval } from '../tables.ts';

const namespaceCount = 100;
const probeEveryMs = 20;
const idleMs = 20_000;

/** A hundred namespaces at once: what others notice of it, whether all get their share, and what a 429 does. */
export const fairness: Part = {
  name: 'fairness',
  title: 'A hundred namespaces at once: fairness and load',
  expectedMinutes: 3,
  inQuick: false,
  run,
};

async function run({ scale, say }: PartOptions): Promise<PartReport> {
  const each = 100 * scale;
  const place = await openPlace();
  const probe = openBareApi(place.kubeconfig('probe', 'target'));
  try {
    const namespaces = namespaceNames('crowd', namespaceCount);
    say(`planting ${namespaceCount} namespaces of ${each} objects`);
    for (const [seed, name] of namespaces.entries()) await place.plant('source', name, each, seed);
    await place.plant('target', 'bystander', 10, 1);
    const landfall = await startLandfall(place, 'bench-fairness');
    const mapped = (prefix: string) => Object.fromEntries(namespaces.map((name) => [name, `${prefix}-${name}`]));
    await landfall.migrate({ name: 'warm', namespaces: namespaces.slice(0, 5), mapping: mapped('warm') });

    const before = processorTime();
    const idle = [await probeFor(probe, sleep(idleMs)), await probeFor(probe, sleep(idleMs))];
    const startedAtMs = Date.now();
    const migration = landfall.migrate({ name: 'crowd', namespaces, mapping: mapped('to') });
    const busy = await probeFor(probe, migration);
    const cost = await migration;
    const completed = await completionSeconds(place, Object.values(mapped('to')), startedAtMs);
    const throttled = await refused(place, () =>
      landfall.migrate({ name: 'refused', namespaces: namespaces.slice(0, 20), mapping: mapped('refused') })
    );
    const after = await landfall.migrate({
      name: 'after',
      namespaces: namespaces.slice(0, 20),
      mapping: mapped('after'),
    });
    await landfall.end();
    const steal = stealPercent(before);

    const p99 = (values: readonly number[]): number => percentile(values, 0.99);
    const quiet = Math.min(...idle.map(p99));
    const control = estimate([p99(idle[0] ?? []) / p99(idle[1] ?? [])]);
    const index = fairnessIndex(completed);
    return {
      results: [
        judge({
          what: `p99 of unrelated GETs during a migration of ${namespaceCount} namespaces / idle`,
          direction: 'at most',
          target: 2,
          measured: counted(p99(busy) / quiet),
          control,
          stealPercent: steal,
        }),
        judge({
          what: `fairness between ${namespaceCount} namespaces: Jain's index of the time until each is complete`,
          direction: 'at least',
          target: 0.9,
          measured: counted(index),
          stealPercent: steal,
        }),
      ],
      tables: [
        {
          caption: `GETs of a ConfigMap by another user of the target, every ${probeEveryMs} ms`,
          head: ['', 'requests', 'median ms', 'p90 ms', 'p99 ms', 'longest ms'],
          rows: [
            ...idle.map((values, at) => latencyRow(`idle ${at + 1}`, values)),
            latencyRow('during the migration', busy),
            ['A/A control of p99', '', '', '', interval(control), ''],
          ],
        },
        {
          caption: `One migration of ${namespaceCount} namespaces, ${each} objects each`,
          head: [
            'time s',
            'first namespace complete s',
            'median s',
            'last s',
            "Jain's index",
            'calls on the target an object',
          ],
          rows: [
            [
              (cost.ms / 1000).toFixed(1),
              Math.min(...completed).toFixed(0),
              median(completed).toFixed(0),
              Math.max(...completed).toFixed(0),
              index.toFixed(3),
              (cost.targetCalls / cost.objects).toFixed(2),
            ],
          ],
        },
        {
          caption:
            'Twenty namespaces against a server that refuses (a PriorityLevelConfiguration of one share, limitResponse Reject)',
          head: ['', 'time s', 'requests let through', 'requests refused (429)'],
          rows: [
            ['while it refuses', (throttled.ms / 1000).toFixed(1), String(throttled.passed), String(throttled.refused)],
            ['afterwards', (after.ms / 1000).toFixed(1), String(after.targetCalls), '0'],
          ],
        },
      ],
      plots: [],
      notes: [
        'Server, store, Temporal, worker and bystander share the processors of this machine: a bystander also waits for a processor, which no client of a cluster on other machines would.',
      ],
    };
  } finally {
    await probe.close();
    await place.end();
  }
}

/** Milliseconds of each GET sent until `end` settles. */
async function probeFor(api: BareApi, end: Promise<unknown>): Promise<number[]> {
  const path = `${collectionOf('ConfigMap', 'bystander')}/configmap-000000`;
  const taken: number[] = [];
  let ended = false;
  const stop = (): void => {
    ended = true;
  };
  end.then(stop, stop);
  while (!ended) {
    const startedAt = performance.now();
    const { status } = await api.send('GET', path);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    taken.push(performance.now() - startedAt);
    await sleep(probeEveryMs);
  }
  return taken;
}

function latencyRow(name: string, values: readonly number[]): string[] {
  const at = (share: number): string => percentile(values, share).toFixed(1);
  return [name, String(values.length), at(0.5), at(0.9), at(0.99), Math.max(...values).toFixed(1)];
}

/** Seconds from the start of the run until the last object of each namespace was made, by the server's own clock. */
async function completionSeconds(place: Place, namespaces: readonly string[], startedAtMs: number): Promise<number[]> {
  const last = new Map<string, number>();
  for (const kind of ['ConfigMap', 'Secret', 'Widget', 'CronJob', 'NetworkPolicy', 'Service']) {
    const path = collectionOf(kind, '');
    const list = await place.admin.target.get<{
      readonly items: readonly {
        readonly metadata: { readonly namespace: string; readonly creationTimestamp: string };
      }[];
    }>(path);
    for (const { metadata } of list?.items ?? []) {
      const at = Date.parse(metadata.creationTimestamp);
      last.set(metadata.namespace, Math.max(last.get(metadata.namespace) ?? 0, at));
    }
  }
  return namespaces.map((namespace) => Math.max(1, ((last.get(namespace) ?? 0) - startedAtMs) / 1000));
}

/** Runs `work` while the target lets its user have one request at a time and refuses the others. */
async function refused(
  place: Place,
  work: () => Promise<{ readonly ms: number; readonly targetCalls: number }>
): Promise<{ readonly ms: number; readonly passed: number; readonly refused: number }> {
  const api = '/apis/flowcontrol.apiserver.k8s.io/v1';
  const admin = place.admin.target;
  const level = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'bench-narrow' },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 1,
        lendablePercent: 0,
        borrowingLimitPercent: 0,
        limitResponse: { type: 'Reject' },
      },
    },
  };
  const use = async (name: string): Promise<void> => {
    const text = JSON.stringify({ spec: { priorityLevelConfiguration: { name } } });
    const type = 'application/merge-patch+json';
    await admin.call('PATCH', `${api}/flowschemas/bench-landfall`, { type, text });
    // The server takes a changed FlowSchema up by a watch.
    await sleep(2_000);
  };
  const rejected = async (): Promise<number> => {
    const { text } = await admin.call('GET', '/metrics');
    const counts = text.matchAll(
      /^apiserver_flowcontrol_rejected_requests_total\{flow_schema="bench-landfall",.*\} (\S+)$/gm
    );
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  await admin.call('POST', `${api}/prioritylevelconfigurations`, {
    type: 'application/json',
    text: JSON.stringify(level),
  });
  await use('bench-narrow');
  const before = await rejected();
  const { ms, targetCalls } = await work();
  const after = await rejected();
  await use('exempt');
  return { ms, passed: targetCalls, refused: after - before };
}
