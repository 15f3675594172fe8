import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { resolveTemporal } from '../src/engine/address.ts';
import { isLandfallError } from '../src/core/errors.ts';
import { stopWhenIdle } from '../src/engine/local-engine.ts';
import { createLog, openLog } from './log.ts';
import { ownFiles } from './policy/own-files.ts';
import { nothingAllowed, type Policy } from './policy/policy.ts';
import { readPolicy } from './policy/read-policy.ts';
import { reasonOf } from './reason.ts';
import { runWorker } from './run.ts';
import { installTelemetry } from './telemetry.ts';

/** A local engine that has had no open run and no command for this long ends itself; its database stays. */
const idleMinMs = 60_000;
const idleCheckEveryMs = 10_000;

/**
 * The worker program: `landfall worker` and the local engine start it. Connection by TEMPORAL_* variables or profile.
 * With `--site NAME` it does the work of that site and runs no workflow.
 * `--policy FILE` says what runs may use; without it `--own-files` allows the files of this user, else nothing is allowed.
 * With `--until-idle STATE_DIRECTORY` it stops, and the local server with it, when no run is open any more and nothing
 * is scheduled.
 */
const { values } = parseArgs({
  options: {
    'until-idle': { type: 'string' },
    'task-queue': { type: 'string' },
    site: { type: 'string', multiple: true, default: [] },
    policy: { type: 'string' },
    'own-files': { type: 'boolean', default: false },
  },
});
const log = createLog(openLog(2));
const temporal = resolveTemporal({});
if (temporal.kind === 'local') {
  log.fatal('no Temporal address: set TEMPORAL_ADDRESS, or let `landfall migrate` start a local engine');
  process.exit(2);
}
installTelemetry(log, process.env['LANDFALL_METRICS_ADDRESS']);
const { connectionOptions, namespace = 'default' } = temporal.config;
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

const policy = await policyOf(values.policy ?? process.env['LANDFALL_WORKER_POLICY']).catch((error: unknown) => {
  const { what, why, fix } = isLandfallError(error) ? error.detail : { what: String(error) };
  log.fatal({ what, why, fix }, 'the policy cannot be used');
  process.exit(2);
});
if (policy === nothingAllowed)
  log.warn('no policy, so every run is refused: start the worker with --policy FILE (docs/guides/worker-policy.md)');

const taskQueue = values['task-queue'];
const running = runWorker({
  connection: connectionOptions,
  namespace,
  signal: stop.signal,
  policy,
  sites: values.site,
  onReady: () => log.info({ address: connectionOptions.address, namespace, taskQueue, sites: values.site }, 'polling'),
  ...(taskQueue === undefined ? {} : { taskQueue }),
});
const engine = values['until-idle'];
try {
  await Promise.all([running, engine === undefined ? undefined : endWhenIdle(engine)]);
} catch (error) {
  log.fatal(reasonOf(error, connectionOptions.address));
  process.exit(1);
}
process.exit(0);

function policyOf(file: string | undefined): Promise<Policy> {
  if (file !== undefined) return readPolicy(file);
  return Promise.resolve(values['own-files'] ? ownFiles() : nothingAllowed);
}

/** Watches for open runs and ends the whole engine when there have been none for a while. */
async function endWhenIdle(stateDirectory: string): Promise<void> {
  const connection = await Connection.connect({ address: connectionOptions.address ?? '' });
  const client = new Client({ connection, namespace });
  const isIdle = async () => {
    const since = new Date(Date.now() - idleMinMs).toISOString();
    try {
      const { count } = await client.workflow.count(`ExecutionStatus = 'Running' OR CloseTime > '${since}'`);
      if (count > 0) return false;
      // Nobody else would start what a schedule is to start.
      for await (const _schedule of client.schedule.list({ pageSize: 1 })) return false;
      return true;
    } catch {
      // An answer that does not come says nothing about idleness.
      return false;
    }
  };
  while (!stop.signal.aborted) {
    await sleep(idleCheckEveryMs, undefined, { signal: stop.signal }).catch(() => undefined);
    if (stop.signal.aborted || !(await isIdle())) continue;
    const ended = stopWhenIdle(stateDirectory, {
      isIdle,
      idleMinMs,
      stop: async () => {
        stop.abort();
        await running;
      },
    });
    // A disk without room for the lock keeps the engine a little longer.
    await ended.catch((error: unknown) => log.warn({ error }, 'the local engine did not end'));
  }
  await connection.close();
}
