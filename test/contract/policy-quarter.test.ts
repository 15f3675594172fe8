import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PointJson } from '../../src/cli/points-table.ts';
import { largePayloads } from '../../src/engine/large-payloads.ts';
import { waitFor } from '../../src/host/wait.ts';
import type { TierStatus } from '../../src/runs/protection/status.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;
let client: Client;
let file: string;

const tiers = [
  { name: 'often', cron: '*/15 * * * *', retention: { keepLast: 2 } },
  { name: 'daily', cron: '0 3 * * *', retention: { daily: 7 } },
  { name: 'weekly', cron: '0 4 * * sun', timeZone: 'Europe/Berlin', overlap: 'wait', retention: { keepLast: 3 } },
];

/** The policy, applied and paused at once, so that nothing but this test starts a backup. */
beforeAll(async () => {
  rig = await startCliRig('policy');
  const namespace = `${rig.prefix}-shop`;
  await rig.namespace('source', namespace);
  const connection = await Connection.connect({ address: rig.lab.temporal.address });
  rig.onEnd(() => connection.close());
  client = new Client({ connection, namespace: rig.prefix, dataConverter: { payloadCodecs: [largePayloads] } });
  file = rig.write({ spec: { scope: { namespaces: [namespace] } } });
  const spec = {
    source: 'source',
    location: 'store',
    scope: { namespaces: [namespace] },
    volumes: { mode: 'none' },
    tiers,
  };
  const document = { apiVersion: 'landfall.dev/v1alpha1', kind: 'ProtectionPolicy', metadata: { name: 'shop' }, spec };
  appendFileSync(file, `\n---\n${JSON.stringify(document)}\n`);
});

afterAll(() => rig?.end());

async function protection(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await rig.landfall(['protection', ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function listed(): Promise<readonly TierStatus[]> {
  return JSON.parse(await protection('list', '-o', 'json')) as TierStatus[];
}

async function points(): Promise<readonly PointJson[]> {
  const { stdout } = await rig.landfall(['points', 'list', '-f', file, '-o', 'json']);
  return JSON.parse(stdout) as PointJson[];
}

const complete = async (name: string) =>
  (await points()).filter((point) => point.name === name && point.state === 'complete');

it('is applied, says what changes, and is paused', async () => {
  const created = tiers.map(({ name }) => `shop ${name}: created\n`).join('');
  expect(await protection('apply', '-f', file)).toBe(created);
  await waitFor(async () => ((await listed()).length === 3 ? true : undefined), {
    what: 'three tiers',
    deadlineMs: 60_000,
  });
  expect(await protection('pause', 'shop')).toContain('shop (daily, often, weekly): paused');
  expect(await protection('apply', '-f', file)).toBe(created.replaceAll('created', 'unchanged'));
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('"keepLast":2', '"keepLast":1'));
  expect(await protection('apply', '-f', file)).toContain('shop often: changed\n  /tier/retention/keepLast = 1\n');
  expect((await listed()).map(({ paused, findings }) => ({ paused, findings }))).toEqual(
    tiers.map(() => ({ paused: true, findings: [] }))
  );
});

it('runs through a quarter, prunes, and never removes the last good point', { timeout: 600_000 }, async () => {
  const end = new Date();
  const overlap = ScheduleOverlapPolicy.BUFFER_ALL;
  const quarter = [
    { tier: 'weekly', days: 91, starts: 12, kept: 3 },
    { tier: 'daily', days: 3, starts: 2, kept: 1 },
    { tier: 'often', days: 1 / 24, starts: 3, kept: 1 },
  ];
  for (const { tier, days, starts, kept } of quarter) {
    const handle = client.schedule.getHandle(`protect/shop/${tier}`);
    await handle.backfill({ start: new Date(end.getTime() - days * 86_400_000), end, overlap });
    const done = await waitFor(
      async () => {
        const { info } = await handle.describe();
        const status = (await listed()).find((one) => one.tier === tier);
        const all = status?.starts ?? [];
        const isIdle = info.numActionsTaken >= starts && info.runningActions.length === 0;
        return isIdle && all.every(({ outcome }) => outcome) ? status : undefined;
      },
      { what: `a quarter of ${tier}`, deadlineMs: 300_000, intervalMs: 2_000 }
    );
    expect(done.starts[0]?.outcome).toMatchObject({ exitCode: 0, pruned: { exitCode: 0 } });
    expect(done.findings).toEqual([]);
    const stay = await complete(`shop-${tier}`);
    expect(stay).toHaveLength(kept);
    expect(done.starts[0]?.outcome).toMatchObject({ run: stay.at(-1)?.id });
  }
});

it('removes the schedules and leaves the points', async () => {
  expect(await protection('remove', 'shop')).toContain('removed');
  await waitFor(async () => ((await listed()).length === 0 ? true : undefined), {
    what: 'no tier',
    deadlineMs: 60_000,
  });
  expect(await points()).not.toEqual([]);
  const again = await rig.landfall(['protection', 'remove', 'shop']);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('RUN_NOT_FOUND')]);
});
