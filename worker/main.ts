import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { resolveTemporal } from '../src/engine/address.ts';
import { stopWhenIdle } from '../src/engine/local-engine.ts';
import { createLog, openLog } from './log.ts';
import { reasonOf } from './reason.ts';
import { runWorker } from './run.ts';
import { installTelemetry } from './telemetry.ts';

/** A local engine that has had no open run and no command for this long ends itself; its database stays. */
const idleMinMs = 60_000;
const idleCheckEveryMs = 10_000;

/**
 * The worker program: `landfall worker` and the local engine start it. Connection by TEMPORAL_* variables or profile.
 * With `--site NAME` it does the work of that site and runs no workflow.
 * With `--until-idle STATE_DIRECTORY` it stops, and the local server with it, when no run is open any more and nothing
 * is scheduled.
 */
const { values } = parseArgs({
  options: {
    'until-idle': { type: 'string' },
    'task-queue': { type: 'string' },
    site: { type: 'string', multiple: true, default: [] },
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

const taskQueue = values['task-queue'];
const running = runWorker({
  connection: connectionOptions,
  namespace,
  signal: stop.signal,
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
    const ended = stopWhenIdle(stateDirectory, isIdle, idleMinMs, async () => {
      stop.abort();
      await running;
    });
    // A disk without room for the lock keeps the engine a little longer.
    await ended.catch((error: unknown) => log.warn({ error }, 'the local engine did not end'));
  }
  await connection.close();
}
