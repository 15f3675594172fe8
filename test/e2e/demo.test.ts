import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('its recovery point is restored when the application and every state of Landfall are gone', async () => {
  const kubectl = kubectlFor(lab, 'target');
  const before = await inspectRows(kubectl);
  await removeNamespaces(lab, 'target', namespaces);
  const state = join(lab.stateDirectory, 'landfall');
  await stopLocalEngine(state);
  rmSync(state, { recursive: true });
  // The Clusters of the file but the target lead nowhere any more.
  const file = join(lab.stateDirectory, 'restore.yaml');
  const gone = join(lab.stateDirectory, 'no-such-kubeconfig');
  const written = readFileSync(join(lab.stateDirectory, 'landfall.yaml'), 'utf8');
  writeFileSync(file, written.replace(lab.clusters.source.kubeconfig, gone));
  const command = fileURLToPath(new URL('../../bin/landfall.mjs', import.meta.url));
  const report = join(lab.stateDirectory, 'restore-report.json');
  const args = ['restore', 'latest', '-f', file, '--to', 'target', '--storage-class', 'lab-fast=lab-standard'];
  await run(process.execPath, [command, ...args, '--yes', '--report', report], {
    env: { ...process.env, LANDFALL_STATE_DIR: state },
  });
  const restored = JSON.parse(readFileSync(report, 'utf8')) as RunReport;
  expect(restored).toMatchObject({
    ...{ kind: 'restore', outcome: 'succeeded', objects: { failed: 0 } },
    parity: { checked: true, missing: 0, extra: 0, different: 0 },
  });
  expect(restored.volumes.map(({ equal }) => equal)).toEqual([true, true, true, true]);
  expect(await inspectRows(kubectl)).toMatchObject({ count: before.count, checksum: before.checksum });
  expect(traces(await readState(lab), restored.run)).toEqual([]);
});
