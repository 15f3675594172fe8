import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import { temporalSpec } from '../../src/binaries/temporal.ts';
import { follow } from '../../src/runs/follow.ts';
import { openRunClient, type RunClient } from '../../src/runs/run-client.ts';
import { runTaskQueue } from '../../src/core/run/sites.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import { noFailpoints } from '../../src/ports/failpoints.ts';
import { activityRows, type ActivityName } from '../../src/saga/activity-rows.ts';
import { nothingAllowed } from '../../worker/policy/policy.ts';
import { runWorker } from '../../worker/run.ts';
import { startTemporalServer, type TemporalServer } from '../torture/temporal-server.ts';

/** Sites on a real Temporal server: workers of a site do the work of that site and no other. */
let directory: string;
let bundleFile: string;
let temporal: TemporalServer;
let runs: RunClient;
let client: Client;
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  directory = await mkdtemp(join(tmpdir(), 'landfall-sites-'));
  temporal = await startTemporalServer((await resolveBinary(temporalSpec)).path, directory);
  bundleFile = join(directory, 'workflows.js');
  const workflowsPath = fileURLToPath(new URL('../support/site-run.ts', import.meta.url));
  await writeFile(bundleFile, (await bundleWorkflowCode({ workflowsPath })).code);
  runs = await openRunClient({ address: temporal.address }, () => undefined);
  client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
});

afterAll(async () => {
  for (const close of open.toReversed()) await close();
  await runs?.close();
  await client?.connection.close();
  await temporal?.kill();
  await rm(directory, { recursive: true, force: true });
});

interface Started {
  /** Activities it was given; it refuses each, so that none needs a cluster. */
  readonly given: string[];
  stop(): Promise<void>;
}

/** A worker as `landfall worker` runs it. */
async function startWorker(...sites: string[]): Promise<Started> {
  const given: string[] = [];
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  const before = ({ name }: { readonly name: string }): Promise<void> => {
    given.push(name.replace('activity.', ''));
    return Promise.reject(ApplicationFailure.nonRetryable('seen'));
  };
  const running = runWorker({
    connection: { address: temporal.address },
    namespace: 'default',
    bundleFile,
    policy: nothingAllowed,
    sites,
    failpoints: { ...noFailpoints, before },
    signal: stopping.signal,
    onReady: ready.resolve,
  });
  running.catch(ready.reject);
  await ready.promise;
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  open.push(stop);
  return { given, stop };
}

function start(name: string, args: readonly unknown[]): Promise<WorkflowHandle> {
  return client.workflow.start('siteRun', { workflowId: name, taskQueue: runTaskQueue, args: [...args] });
}

const names = Object.keys(activityRows) as ActivityName[];
const at = (...sites: string[]): string[] => names.filter((name) => sites.includes(activityRows[name].site));

it('sends each activity to the site of its row, and without sites all to the workers of the run', async () => {
  const [run, cellar, aws] = [await startWorker(), await startWorker('cellar'), await startWorker('aws', 'bucket')];
  const sites = { source: 'cellar', target: 'aws', location: 'bucket' };
  expect(await (await start('sited', [names, sites])).result()).toEqual(names);
  expect(run.given).toEqual(at('any'));
  expect(cellar.given).toEqual(at('source'));
  expect(aws.given).toEqual(at('target', 'location'));
  run.given.length = 0;
  await (await start('plain', [names, {}])).result();
  expect(run.given).toEqual(names);
  for (const worker of [run, cellar, aws]) await worker.stop();
});

it('says that a site has no worker, before a run begins and while it goes on, and goes on when there is one', async () => {
  const site = 'nowhere';
  const spec = { name: 'shop', source: { site }, target: {}, location: {} } as unknown as MigrationSpec;
  const command = `worker --site ${site} --policy FILE --address ${temporal.address}`;
  await expect(runs.startMigration({ runId: 'shop-1', spec })).rejects.toMatchObject({
    code: 'SITE_WITHOUT_WORKER',
    detail: { fix: expect.stringContaining(command) as string },
  });
  const run = await startWorker();
  const handle = await start('waiting', [['captureKinds'], { source: site }]);
  const { address, siteWorkers } = runs;
  const signal = AbortSignal.timeout(20_000);
  const startedMs = performance.now();
  const messages: string[] = [];
  for await (const event of follow(handle, { runId: 'waiting', address, since: 0, signal, client, siteWorkers })) {
    if (event.type === 'log') messages.push(event.message);
    if (messages.length > 0) break;
  }
  expect(messages).toEqual([expect.stringMatching(new RegExp(`^no worker runs at site ${site}.*${command}`))]);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  const late = await startWorker(site);
  expect(await handle.result()).toEqual(['captureKinds']);
  expect(late.given).toEqual(['captureKinds']);
  for (const worker of [run, late]) await worker.stop();
});
