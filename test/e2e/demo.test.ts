import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlFor } from '../../lab/demo/kubectl.ts';
import { inspectRows } from '../../lab/demo/rows.ts';
import { readLab, type Lab } from '../../lab/index.ts';
import type { RunReport } from '../../src/core/run/report.ts';
import { stopLocalEngine } from '../../src/engine/local-engine.ts';
import { run } from '../../src/host/command.ts';
import { removeNamespaces } from '../support/e2e/app.ts';
import { labName } from '../support/e2e/lab.ts';
import { readState, traces } from '../support/e2e/state.ts';
import { prepareThreeCopies } from '../support/e2e/three-copies.ts';

/** `npm run demo` as a newcomer runs it, with few rows, on the lab of these tests. */
const rows = 20_000;
const namespaces = ['shop', 'backoffice'];
let lab: Lab;
let reportFile: string;

beforeAll(() => {
  lab = readLab(labName);
  reportFile = join(lab.stateDirectory, 'demo-report.json');
});

afterAll(async () => {
  await stopLocalEngine(join(lab.stateDirectory, 'landfall'));
  await Promise.all([removeNamespaces(lab, 'source', namespaces), removeNamespaces(lab, 'target', namespaces)]);
});

test('the demo moves its application with every object, every file and every row', async () => {
  const script = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));
  const args = ['--keep', '--name', labName, '--rows', String(rows), '--report', reportFile];
  await run(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args]);
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as RunReport & {
    rows: { source: number; target: number };
  };
  expect(report).toMatchObject({
    outcome: 'succeeded',
    exitCode: 0,
    objects: { failed: 0 },
    parity: { missing: 0, extra: 0, different: 0 },
    rows: { source: rows, target: rows },
  });
  expect(report.objects.captured).toBeGreaterThan(30);
  expect(report.objects.applied).toBe(report.objects.captured);
  expect(report.volumes.map(({ claim }) => claim).sort()).toEqual([
    'backoffice/attic',
    'backoffice/data-ledger-0',
    'backoffice/data-ledger-1',
    'shop/data-postgres-0',
  ]);
  for (const { bytes, sourceTree, targetTree, equal } of report.volumes) {
    expect({ equal, targetTree }).toEqual({ equal: true, targetTree: sourceTree });
    expect(bytes).toBeGreaterThan(0);
  }
  const phases = ['preflight', 'capture', 'plan', 'volumes', 'apply', 'verify', 'finish'];
  expect(report.phases.map(({ name }) => name)).toEqual(phases);
  expect(traces(await readState(lab), report.run)).toEqual([]);
});

test('what is backed up to three stores is restored when everything but a damaged copy, a directory and one key is gone', async () => {
  const before = await inspectRows(kubectlFor(lab, 'source'));
  await removeNamespaces(lab, 'target', namespaces);
  const state = join(lab.stateDirectory, 'landfall');
  const copies = await prepareThreeCopies(lab);
  const exported = join(lab.stateDirectory, 'three-copies', 'in-the-safe.txt');
  const landfall = (...args: string[]): Promise<unknown> =>
    run(process.execPath, [fileURLToPath(new URL('../../bin/landfall.mjs', import.meta.url)), ...args], {
      env: { ...process.env, LANDFALL_STATE_DIR: state },
    });
  await landfall('backup', '-f', copies.file, '--yes', '--report', reportFile);
  const backup = JSON.parse(readFileSync(reportFile, 'utf8')) as RunReport;
  expect(backup).toMatchObject({ kind: 'backup', outcome: 'succeeded', exitCode: 0 });
  await landfall(
    ...['keys', 'export', exported, '-f', copies.file, '--location', 'first', '--identity', copies.offlineIdentity]
  );

  await stopLocalEngine(state);
  rmSync(state, { recursive: true });
  await removeNamespaces(lab, 'source', namespaces);
  await copies.strike();

  const file = copies.fileAfterwards(exported);
  await expect(landfall('points', 'verify', '-f', file, '--location', 'second')).rejects.toThrow(/STORED_OBJECT_/u);
  // Everything is whole afterwards; exit code 3, because the data of volumes is compared by the restore alone.
  await expect(landfall('points', 'verify', '-f', file, '--location', 'second', '--heal', 'offsite')).rejects.toThrow(
    /4 volumes was not read[^]*whole[^]*3 objects healed/u
  );
  // kopia asks Azure by https://ACCOUNT.DOMAIN alone, which the pods of the lab do not reach: the point moves to a new bucket first.
  await landfall('points', 'copy', '-f', file, '--location', 'second', '--to', 'new', '--reread-volumes');
  await landfall(
    ...['restore', 'latest', '-f', file, '--location', 'new', '--to', 'target', '--yes', '--report', reportFile],
    ...['--storage-class', 'lab-fast=lab-standard']
  );
  const restored = JSON.parse(readFileSync(reportFile, 'utf8')) as RunReport;
  expect(restored).toMatchObject({
    ...{ kind: 'restore', outcome: 'succeeded', objects: { failed: 0 } },
    parity: { checked: true, missing: 0, extra: 0, different: 0 },
  });
  expect(restored.volumes.map(({ equal }) => equal)).toEqual([true, true, true, true]);
  expect(await inspectRows(kubectlFor(lab, 'target'))).toMatchObject({ count: rows, checksum: before.checksum });
  expect(traces(await readState(lab), restored.run)).toEqual([]);
});
