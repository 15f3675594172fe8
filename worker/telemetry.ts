import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';
import { createRedactor } from '../src/host/redact.ts';
import { openLog } from './log.ts';

/** Fields Temporal adds to a log line that tell an operator nothing. */
const dropped: ReadonlySet<string> = new Set([
  ...['sdkComponent', 'namespace', 'activityId', 'isLocal', 'taskToken'],
  ...['workflowType', 'workflowNamespace', 'workflowRunId'],
]);

/**
 * Sets up what the process tells: log lines as JSON on stderr and, with an address, metrics for Prometheus at
 * `http://ADDRESS/metrics`. Once a process, before its first worker.
 */
export function installTelemetry(metricsAddress: string | undefined): void {
  const { text } = createRedactor();
  const writeLine = openLog(2);
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => writeLine(text(lineOf(entry)))),
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

/** One line of JSON: time, level, the fixed message, then fields. */
function lineOf({ timestampNanos, level, message, meta = {} }: LogEntry): string {
  const fields = Object.entries(meta).flatMap(([key, value]): [string, unknown][] => {
    if (dropped.has(key)) return [];
    return [[key, value instanceof Error ? value.message : value]];
  });
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  return JSON.stringify({ time, level: level.toLowerCase(), message, ...Object.fromEntries(fields) });
}
