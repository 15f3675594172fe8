import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { releasePoint, usePoint } from '../../src/archive/use-point.ts';
import { openRecoveryPoint } from '../../src/archive/recovery-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import type { PointJson } from '../../src/cli/points-table.ts';
import { shortIds } from '../../src/core/identity/run-id.ts';
import { loadFile } from '../../src/model/load-file.ts';
import type { VerifyReport } from '../../src/core/retention/report.ts';
import { observedUser } from '../../src/host/observed-user.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import type { Location } from '../../src/ports/location.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;
let file: string;
let location: Location;
const made: string[] = [];

/** Three points of one migration, as a person makes them. */
beforeAll(async () => {
  rig = await startCliRig('points');
  const namespace = `${rig.prefix}-shop`;
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  file = rig.write({ spec: { scope: { namespaces: [namespace] }, existingResourcePolicy: 'skip' } });
  const [spec] = (await loadFile(file)).locations;
  if (spec === undefined) throw new Error('the file has no Location');
  location = await openLocation(spec);
  for (const name of ['one', 'two', 'three']) {
    const collection = `/api/v1/namespaces/${namespace}/configmaps`;
    await rig.create('source', collection, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } });
    const ended = await rig.landfall(['migrate', '-f', file, '--report', `${file}.${name}.json`]);
    if (ended.code !== 0) throw new Error(ended.stderr + ended.stdout);
    made.push((JSON.parse(readFileSync(`${file}.${name}.json`, 'utf8')) as { run: string }).run);
  }
});
afterAll(async () => {
  await location.close();
  await rig.end();
});

async function list(): Promise<readonly PointJson[]> {
  const { stdout } = await rig.landfall(['points', 'list', '-f', file, '-o', 'json']);
  return JSON.parse(stdout) as PointJson[];
}

async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of location.list(prefix)) found.push(key);
  return found;
}

it('lists what the runs have written, and that they have let go of it', async () => {
  const points = await list();
  expect(points.map(({ id, state, volumes, usedBy }) => ({ id, state, volumes, usedBy }))).toEqual(
    made.map((id) => ({ id, state: 'complete', volumes: 0, usedBy: [] }))
  );
  // Each run found one ConfigMap more; oldest first.
  const counts = points.map(({ objects = 0 }) => objects);
  expect(counts).toEqual(counts.toSorted((left, right) => left - right));
  const { stdout } = await rig.landfall(['points', 'list', '-f', file]);
  expect(stdout.split('\n')[0]).toMatch(/^POINT +NAME +SOURCE +AGE +OBJECTS +BYTES +VOLUMES +STATE +USED BY$/);
});

it('finds a run by a short id', async () => {
  for (const id of made) {
    const report = await rig.landfall(['report', shortIds(made).get(id) ?? '', '-o', 'json']);
    expect((JSON.parse(report.stdout) as { run: string }).run).toBe(id);
  }
});

it('shows what would go, and changes nothing', async () => {
  const before = await keys('');
  const shown = await rig.landfall(['points', 'prune', '-f', file, '--keep-last', '1']);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('2 recovery points would be marked for deletion');
  expect(shown.stdout).toMatch(new RegExp(`${shortIds(made).get(made[2] ?? '')} +no +one of the last 1`));
  const short = shortIds(made).get(made[0] ?? '') ?? '';
  const desired = await rig.landfall(['points', 'delete', '-f', file, short, '-o', 'json']);
  expect(JSON.parse(desired.stdout)).toMatchObject({ dryRun: true, points: [{ id: made[0] }] });
  await rig.landfall(['points', 'sweep', '-f', file]);
  expect(await keys('')).toEqual(before);
});

it('refuses what is not there, what a run uses, and a prune without a rule', async () => {
  const [first = ''] = made;
  const unknown = await rig.landfall(['points', 'delete', '-f', file, 'nobody', '--yes']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('RECOVERY_POINT_NOT_FOUND')]);
  await usePoint(location, { point: first, run: 'restore-1' });
  const used = await rig.landfall(['points', 'delete', '-f', file, first, '--yes']);
  expect(used.code).toBe(1);
  expect(used.stderr).toMatch(/RECOVERY_POINT_IN_USE.*used by run restore-1/);
  expect((await list())[0]?.usedBy.map(({ run }) => run)).toEqual(['restore-1']);
  await releasePoint(location, { point: first, run: 'restore-1' });
  const ruleless = await rig.landfall(['points', 'prune', '-f', file, '--yes']);
  expect([ruleless.code, ruleless.stderr]).toEqual([2, expect.stringContaining('--keep-last')]);
  expect(await list()).toHaveLength(3);
});

it('verifies by a run: whole points pass, a damaged one is named, and the report stays', async () => {
  const whole = await rig.landfall(['points', 'verify', '-f', file, '-o', 'json']);
  expect(whole.code).toBe(0);
  const report = JSON.parse(whole.stdout) as VerifyReport;
  expect(report.points.map(({ id, state }) => [id, state])).toEqual(made.toSorted().map((id) => [id, 'whole']));
  expect(report.asked).toEqual(observedUser());
  const stored = await rig.landfall(['report', report.run, '-o', 'json']);
  expect(JSON.parse(stored.stdout)).toEqual(report);

  const [third = ''] = made.slice(2);
  const { manifest } = await openRecoveryPoint(location, third);
  const key = manifest.indexes[0]?.ref.key ?? '';
  const bytes = await location.read(key);
  await location.delete(key);
  const damaged = await rig.landfall(['points', 'verify', '-f', file, third]);
  await location.create(key, bytes);
  expect([damaged.code, damaged.stdout]).toEqual([1, expect.stringContaining('1 DAMAGED')]);
  expect(damaged.stderr).toContain('STORED_OBJECT_MISSING');
});

it('marks first: nobody begins to use the point, and what it refers to goes when the mark stood its time', async () => {
  const [first = '', second = '', third = ''] = made;
  const marked = await rig.landfall(['points', 'delete', '-f', file, first, '--yes']);
  expect(marked.stdout).toMatch(new RegExp(`${first} will be removed by the first sweep after 20`));
  expect((await list()).map(({ state }) => state)).toEqual(['deleting', 'complete', 'complete']);
  await expect(usePoint(location, { point: first, run: 'restore-2' })).rejects.toMatchObject({
    code: 'RECOVERY_POINT_DELETED',
  });
  const runs = JSON.parse((await rig.landfall(['list', '-o', 'json'])).stdout) as { run: string; kind: string }[];
  const { run = '' } = runs.find(({ kind }) => kind === 'prune') ?? {};
  const reported = await rig.landfall(['report', run]);
  expect(reported.stdout).toContain(`requested by user ${observedUser().user}`);
  expect(Buffer.from(await location.read(`points/${first}/deleted.json`)).toString()).toContain(run);
  const swept = await rig.landfall(['points', 'sweep', '-f', file, '--yes', '--grace', '0s', '-o', 'json']);
  expect(JSON.parse(swept.stdout)).toMatchObject({ sweep: { points: [first], isDone: true, holds: [], keptRuns: [] } });
  expect((await list()).map(({ id }) => id)).toEqual([second, third]);
  expect(await keys(`runs/${first}/`)).toEqual([]);
  expect(await keys('sweeps/')).toEqual([]);
  for (const id of [second, third]) {
    expect((await verifyRecoveryPoint(location, id)).problems).toEqual([]);
  }
});

it('leaves nothing but the marks when all are pruned, and the next run writes a whole point again', async () => {
  const pruned = await rig.landfall(['points', 'prune', '-f', file, '--keep-last', '0', '--yes', '--grace', '0s']);
  expect(pruned.stdout).toContain('2 recovery points marked for deletion');
  await rig.landfall(['points', 'sweep', '-f', file, '--yes', '--grace', '0s']);
  expect(await keys('objects/')).toEqual([]);
  expect(await keys('points/')).toEqual(made.map((id) => `points/${id}/deleted.json`).toSorted());
  const ended = await rig.landfall(['migrate', '-f', file]);
  expect(ended.code).toBe(0);
  const [again] = await list();
  expect((await verifyRecoveryPoint(location, again?.id ?? '')).problems).toEqual([]);
});
