import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveAggregatedApi } from '../support/aggregated-api.ts';
import { startCliRig, type CliRig, type MigrationRun } from '../support/cli-rig.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('unseen');
});

afterAll(() => rig?.end());

async function plantApplication(suffix: string): Promise<string> {
  const namespace = `${rig.prefix}-${suffix}`;
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  const metadata = { name: 'settings' };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { color: 'red' } };
  await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, object);
  return namespace;
}

async function arrived(namespace: string): Promise<unknown> {
  return (await rig.target.get<{ data: unknown }>(`/api/v1/namespaces/${namespace}/configmaps/settings`))?.data;
}

const silent: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const remove of silent.splice(0)) await remove();
});

/** An API of the group that has been served, and that nobody answers for any more; gone after the test. */
async function silence(side: 'source' | 'target', group: string): Promise<void> {
  const api = await serveAggregatedApi({ lab: rig.lab, side, client: rig[side], group });
  silent.push(() => api.remove());
  await api.fallSilent();
}

const findingsOf = ({ report }: MigrationRun): string[] =>
  (report?.findings ?? [])
    .filter(({ code }) => code === 'DISCOVERY_INCOMPLETE')
    .map(({ severity, subject }) => `${severity} ${subject}`);

describe('a group that is served and does not answer', () => {
  it('on the source: everything else moves, and the run is INCOMPLETE, never completed', async () => {
    const namespace = await plantApplication('source');
    const group = `${rig.prefix}-orders.example.org`;
    await silence('source', group);

    const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect(run.error).toMatchObject({ code: 'DISCOVERY_INCOMPLETE', side: 'source' });
    expect([run.code, run.result?.outcome]).toEqual([3, 'partial']);
    expect(run.report).toMatchObject({
      outcome: 'partial',
      exitCode: 3,
      unseen: [{ cluster: 'source', groupVersion: `${group}/v1`, kinds: [] }],
      parity: { missing: 0, different: 0 },
    });
    expect(await arrived(namespace)).toEqual({ color: 'red' });

    const reported = await rig.landfall(['report', run.report?.run ?? '']);
    expect(reported.stdout).toMatch(/^INCOMPLETE /);
    expect(reported.stdout).toContain(`unseen    ${group}/v1 of source did not respond: its kinds did not move`);
    expect(`${reported.stdout}${reported.stderr}`).toContain(`scope.excludeKinds: ["*.${group}"]`);

    const without = await rig.migrate({
      spec: {
        ...{ scope: { namespaces: [namespace], excludeKinds: [`*.${group}`] }, existingResourcePolicy: 'skip' },
      },
    });
    expect([without.code, without.result?.outcome]).toEqual([0, 'succeeded']);
    expect(findingsOf(without)).toEqual([`info source: ${group}/v1`]);
  });

  it('and is never taken, or is one of the target that the plan does not need: the run is whole', async () => {
    const namespace = await plantApplication('whole');
    const group = `${rig.prefix}-other.example.org`;
    await silence('source', 'external.metrics.k8s.io');
    await silence('target', group);

    const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect([run.code, run.result?.outcome, run.error]).toEqual([0, 'succeeded', undefined]);
    expect(findingsOf(run)).toEqual(['info source: external.metrics.k8s.io/v1', `warning target: ${group}/v1`]);
    expect(run.report).not.toHaveProperty('unseen');
    expect(await arrived(namespace)).toEqual({ color: 'red' });
  });
});
