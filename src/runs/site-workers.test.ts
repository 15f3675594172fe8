import { describe, expect, it } from 'vitest';
import { taskQueueOf } from '../core/run/sites.ts';
import { requireWorkers, watchSites, type PendingActivity, type SiteWorkers } from './site-workers.ts';

const command = (site: string): string => `landfall worker --site ${site}`;

/** Workers that last asked for work at these seconds. */
function workersOf(polled: Readonly<Record<string, number>>): SiteWorkers {
  return {
    polledMs: (site) => Promise.resolve(polled[site] === undefined ? undefined : polled[site] * 1_000),
    command,
  };
}

function scheduled(site: string, seconds: number, more: object = {}): PendingActivity {
  return {
    activityId: '1',
    state: 1,
    scheduledTime: { seconds, nanos: 0 },
    activityOptions: { taskQueue: { name: taskQueueOf(site) } },
    ...more,
  } as unknown as PendingActivity;
}

describe('a run that is to start', () => {
  const sites = { source: 'cellar', target: 'aws', location: 'aws' };

  it('is refused when a site has no worker, with the command that starts one', async () => {
    await expect(requireWorkers(workersOf({ cellar: 1 }), sites)).rejects.toMatchObject({
      code: 'SITE_WITHOUT_WORKER',
      detail: {
        what: 'no worker runs at site aws, where the work on the target and the location is done',
        fix: 'start one there: landfall worker --site aws',
      },
    });
  });

  it('starts when all have one, and without sites asks nobody', async () => {
    await expect(requireWorkers(workersOf({ cellar: 1, aws: 1 }), sites)).resolves.toBeUndefined();
    const nobody: SiteWorkers = { polledMs: () => Promise.reject(new Error('asked')), command };
    await expect(requireWorkers(nobody, {})).resolves.toBeUndefined();
  });
});

describe('a run that is going on', () => {
  /** What is said of the same activities, looked at every second. */
  async function saidOf(workers: SiteWorkers, pending: readonly PendingActivity[], seconds = 20): Promise<string[]> {
    let nowMs = 5_000_000;
    const watch = watchSites(workers, { now: () => nowMs });
    const said: string[] = [];
    for (let at = 0; at < seconds; at += 1, nowMs += 1_000) {
      for (const message of await watch(pending)) said.push(`${at} s: ${message}`);
    }
    return said;
  }

  it('says after some seconds, and once, that nobody works at a site', async () => {
    const said = [
      '4 s: no worker runs at site aws: the run waits for one; start one there: landfall worker --site aws',
    ];
    expect(await saidOf(workersOf({}), [scheduled('aws', 100)])).toEqual(said);
    // The server still lists a worker that was lost: it has not asked for work since.
    expect(await saidOf(workersOf({ aws: 60 }), [scheduled('aws', 100)])).toEqual(said);
  });

  it.each([
    ['a worker that has no room', { aws: 101 }, scheduled('aws', 100)],
    ['an activity that is at work', {}, scheduled('aws', 100, { state: 2 })],
    ['the task queue of the run', {}, scheduled('aws', 100, { activityOptions: { taskQueue: { name: 'landfall' } } })],
    ['a server that does not say the task queue', {}, scheduled('aws', 100, { activityOptions: null })],
    ['a pause between two attempts', {}, scheduled('aws', 100, { lastAttemptCompleteTime: { seconds: 70, nanos: 0 } })],
  ])('says nothing of %s', async (_name, polled, activity) => {
    expect(await saidOf(workersOf(polled), [activity])).toEqual([]);
  });

  it('says it of the attempt after a pause, and again when a worker was there in between', async () => {
    const again = scheduled('aws', 100, { lastAttemptCompleteTime: { seconds: 98, nanos: 0 } });
    expect(await saidOf(workersOf({}), [again])).toEqual([expect.stringMatching(/^6 s: no worker/)]);
    const watch = watchSites(workersOf({}), { now: () => 0, waitMs: 0 });
    expect(await watch([scheduled('aws', 100)])).toHaveLength(1);
    expect(await watch([scheduled('aws', 100)])).toEqual([]);
    expect(await watch([])).toEqual([]);
    expect(await watch([scheduled('aws', 200)])).toHaveLength(1);
  });
});
