import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import type { AssessSchedule } from '../../src/runs/schedules.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;
let client: Client;
let namespace: string;
let file: string;
let name: string;

beforeAll(async () => {
  rig = await startCliRig('sched');
  namespace = `${rig.prefix}-app`;
  name = `${rig.prefix}-nightly`;
  await rig.namespace('source', namespace);
  const connection = await Connection.connect({ address: rig.lab.temporal.address });
  rig.onEnd(() => connection.close());
  client = new Client({ connection, namespace: rig.prefix });
  file = rig.write({ name, spec: { scope: { namespaces: [namespace] } } });
});

afterAll(() => rig?.end());

const assess = (...args: readonly string[]) => rig.landfall(['assess', ...args]);
const handle = () => client.schedule.getHandle(`assess/${name}`);

async function listed(): Promise<readonly AssessSchedule[]> {
  const { stdout, code, stderr } = await assess('--schedules', '-o', 'json');
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as AssessSchedule[];
}

/** The last start, once `count` starts have ended. */
function ended(count: number): Promise<AssessSchedule['starts'][number]> {
  return waitFor(
    async () => {
      const starts = (await listed())[0]?.starts ?? [];
      return starts.length >= count && starts.every(({ outcome }) => outcome !== undefined) ? starts[0] : undefined;
    },
    { what: `${count} assessments of the schedule`, deadlineMs: 180_000, intervalMs: 2_000 }
  );
}

it('assesses on its own, and reports what is new since the last time', async () => {
  const put = await assess('-f', file, '--every', '1m', '--no-probes', '--no-images');
  expect([put.code, put.stderr]).toEqual([0, '']);
  expect(put.stdout).toContain(`${name}: schedule created, next `);
  const first = await ended(1);
  expect(first.outcome).toMatchObject({ exitCode: 0, counts: { new: 0, gone: 0 } });
  await rig.create('source', `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'alias' },
    spec: { type: 'ExternalName', externalName: 'api.example.org' },
  });
  await handle().trigger();
  const second = await waitFor(
    async () =>
      (await listed())[0]?.starts.find(({ outcome }) => outcome && 'counts' in outcome && outcome.counts?.new),
    { what: 'an assessment with something new', deadlineMs: 120_000, intervalMs: 2_000 }
  );
  const run = second.outcome !== undefined && 'run' in second.outcome ? second.outcome.run : '';
  expect(run).toMatch(new RegExp(`^${name}-[a-z0-9]{13}$`));
  const shown = await assess('--schedules');
  expect(shown.stdout).toMatch(new RegExp(`${name}  every 1m  next .*Z\n`));
  expect(shown.stdout).toContain(`${run}  `);
  const report = await rig.landfall(['report', run]);
  expect(report.stdout).toContain(`new since the last assessment\n  EXTERNAL_NAME  Service ${namespace}/alias`);
});

it('never runs beside itself, and is changed by asking again', async () => {
  const { policies } = await handle().describe();
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
  const changed = await assess('-f', file, '--schedule', '30 3 * * *', '--time-zone', 'Asia/Tokyo', '-o', 'json');
  expect(JSON.parse(changed.stdout)).toMatchObject({ name, schedule: 'changed', when: '30 3 * * * (Asia/Tokyo)' });
  const [only, ...others] = await listed();
  expect(others).toEqual([]);
  expect(only?.next).toMatch(/T18:30:00\.000Z$/);
});

it.each([
  ['a cron line that is none', ['--schedule', 'every night']],
  ['a time zone that is none', ['--schedule', '0 3 * * *', '--time-zone', 'Middle/Earth']],
  ['a duration that is none', ['--every', 'often']],
  ['less than a minute', ['--every', '5s']],
  ['two at once', ['--every', '1h', '--schedules']],
])('refuses %s and leaves the schedule as it is', async (_case, args) => {
  const before = (await handle().describe()).state.note;
  const refused = await assess('-f', file, ...args);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('CONFIG_INVALID')]);
  expect((await handle().describe()).state.note).toBe(before);
});

it('ends when it is asked to, once', async () => {
  expect((await assess('--unschedule', name)).stdout).toContain('no longer scheduled');
  expect(await listed()).toEqual([]);
  const again = await assess('--unschedule', name);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('RUN_NOT_FOUND')]);
});

it('asks for a file where one is needed', async () => {
  const missing = await assess();
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("'-f, --file <file>'")]);
});
