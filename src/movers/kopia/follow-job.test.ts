import { describe, expect, test, vi } from 'vitest';
import type { MoverOutcome } from '../../core/volumes/mover-protocol.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { MoveProgress } from '../../ports/volume-mover.ts';
import { followJob } from './follow-job.ts';

const ok: MoverOutcome = {
  ok: true,
  result: {
    ...{ snapshotId: 's', metadataSnapshotId: 'm', treeSha256: 't', files: 1, sizeBytes: 2, hashedBytes: 2 },
    ...{ transferredBytes: 2, excluded: [], excludedTotal: 0, different: [], differentTotal: 0 },
  },
};
const job = { metadata: { name: 'up-1', namespace: 'landfall-system', uid: 'j', resourceVersion: '1' }, status: {} };

/** A cluster that has one Job, the pods of each probe in turn, and a log. */
function clusterOf(looks: readonly object[][], log = '', listed: string[] = []): Cluster {
  const bytes = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
  const remaining = [...looks];
  return {
    get: () => Promise.resolve({ bytes: bytes(job) }),
    // eslint-disable-next-line @typescript-eslint/require-await
    async *list({ plural }: { plural: string }) {
      listed.push(plural);
      const items = plural === 'pods' ? ((remaining.length > 1 ? remaining.shift() : remaining[0]) ?? []) : [];
      yield { items: items.map(bytes), restarted: 0 };
    },
    logs: () => Promise.resolve(log),
  } as unknown as Cluster;
}

function podWith(status: object): object {
  return {
    metadata: { name: 'up-1-x', namespace: 'landfall-system', uid: 'p', resourceVersion: '1' },
    spec: {},
    status,
  };
}

const proxy = { name: 'mesh-proxy', state: { running: {} } };

async function follow(
  cluster: Cluster
): Promise<{ ended: Awaited<ReturnType<typeof followJob>>; reported: MoveProgress[] }> {
  const reported: MoveProgress[] = [];
  const where = { cluster, namespace: 'landfall-system', jobName: 'up-1', pollMs: 1 };
  const ended = await followJob({ ...where, onProgress: (now) => void reported.push(now) });
  return { ended, reported };
}

describe('beside a container that never ends', () => {
  test('a mover has done when its own container has', async () => {
    const state = { terminated: { exitCode: 0, message: JSON.stringify(ok) } };
    const pod = podWith({ phase: 'Running', containerStatuses: [proxy, { name: 'mover', state }] });
    expect((await follow(clusterOf([[pod]]))).ended.outcome).toEqual(ok);
  });

  test('a mover has failed when its own container has, and its words are kept', async () => {
    const state = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    const pod = podWith({ phase: 'Running', containerStatuses: [proxy, { name: 'mover', state }] });
    const { ended } = await follow(clusterOf([[pod]], 'last words'));
    expect(ended).toMatchObject({ outcome: undefined, log: 'last words' });
    expect(ended.why).toBe('container: OOMKilled (exit code 137)');
  });

  test('the end of another container is not the end', async () => {
    const waiting = podWith({
      phase: 'Running',
      containerStatuses: [
        { name: 'mesh-proxy', state: { terminated: { exitCode: 0 } } },
        { name: 'mover', state: { running: {} } },
      ],
    });
    const state = { terminated: { exitCode: 0, message: JSON.stringify(ok) } };
    const done = podWith({ phase: 'Succeeded', containerStatuses: [{ name: 'mover', state }] });
    const { ended, reported } = await follow(clusterOf([[waiting], [done]]));
    expect(ended.outcome).toEqual(ok);
    expect(reported.map((one) => one.state)).toEqual(['copying']);
  });
});

test('what the scheduler says of a pod that fits no node is reported at the first probe', async () => {
  const message = '0/3 nodes are available: 3 node(s) had untolerated taint(s).';
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  const state = { terminated: { exitCode: 0, message: JSON.stringify(ok) } };
  const done = podWith({ phase: 'Succeeded', containerStatuses: [{ name: 'mover', state }] });
  const { reported } = await follow(clusterOf([[podWith({ phase: 'Pending', conditions })], [done]]));
  expect(reported).toEqual([
    { state: 'pending', doneBytes: 0, totalBytes: 0, message: `pod up-1-x: Unschedulable: ${message}` },
  ]);
});

test('events of the namespace are asked for once in ten seconds, however often a pod is looked at', async () => {
  const state = { terminated: { exitCode: 0, message: JSON.stringify(ok) } };
  const done = podWith({ phase: 'Succeeded', containerStatuses: [{ name: 'mover', state }] });
  const looks = [...Array.from({ length: 6 }, () => [podWith({ phase: 'Pending' })]), [done]];
  const listed: string[] = [];
  vi.useFakeTimers({ toFake: ['performance'] });
  const cluster = clusterOf(looks, '', listed);
  const onProgress = () => void vi.advanceTimersByTime(4_000);
  try {
    await followJob({ cluster, namespace: 'landfall-system', jobName: 'up-1', pollMs: 1, onProgress });
  } finally {
    vi.useRealTimers();
  }
  // At 0, 12 s of the six probes 4 s apart.
  expect(listed.filter((plural) => plural === 'pods')).toHaveLength(7);
  expect(listed.filter((plural) => plural === 'events')).toHaveLength(2);
});
