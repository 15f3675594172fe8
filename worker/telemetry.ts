import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from 'pino';

/** Fields Temporal adds to a log line that say nothing to an operator. */
const dropped: ReadonlySet<string> = new Set([
  ...['sdkComponent', 'namespace', 'activityId', 'isLocal', 'taskToken'],
  ...['workflowType', 'workflowNamespace', 'workflowRunId'],
]);

/**
 * Sets up what Temporal's runtime reports: its log lines go to `log` and, with an address, metrics for Prometheus to
 * `http://ADDRESS/metrics`. Once a process, before its first worker.
 */
export function installTelemetry(log: Logger, metricsAddress: string | undefined): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta = {} }) => log[levels[level]](fieldsOf(meta), message)),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(metricsAddress === undefined
        ? {}
        : {
            metrics: {
              prometheus: { bindAddress: metricsAddress, countersTotalSuffix: true, useSecondsForDurations: true },
              metricPrefix: 'temporal_',
            },
          }),
    },
  });
}

function fieldsOf(meta: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !dropped.has(key)));
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const satisfies Record<
  LogLevel,
  string
>;
