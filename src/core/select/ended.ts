import { isBuiltInGroup } from '../graph/groups.ts';
import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { isLongLived, runKindOf, type RunKind } from './run-kinds.ts';

type Plain = { readonly [key: string]: JsonValue };
type Kind = { readonly group: string; readonly kind: string };

/**
 * How far an object that runs to an end has come. Its controller starts it again where the status is missing, and a
 * status is not written by a create.
 *
 *   ended       it has run to its end
 *   may-have    its state reads like an end, and nothing else says that objects of the kind ever end
 *   runs        it has not ended
 */
export type RunState = { readonly state: 'ended' | 'may-have' | 'runs'; readonly sign: string };

/** Moments in a status that come with the end alone. */
const endTimes = [
  ...['completionTime', 'completionTimestamp', 'completedAt', 'completed', 'finishedAt', 'finishTime', 'finishedTime'],
  ...['endTime', 'endTimestamp', 'endedAt', 'stoppedAt', 'stopTime', 'terminationTime', 'restoreCompletionTs'],
];
const startTimes = ['startTime', 'startTimestamp', 'startedAt', 'startedTime', 'started'];
/** Where controllers write their state as one word, also a level deeper (Spark, Volcano, StackGres). */
const stateFields = [
  ...['phase', 'state', 'status', 'stage', 'result', 'jobStatus', 'jobDeploymentStatus', 'terminalState'],
  ...['engineStatus', 'applicationState', 'process', 'jobState', 'completionStatus'],
];
const successStates: ReadonlySet<string> = new Set([
  ...['succeeded', 'succeed', 'success', 'successful', 'completed', 'complete', 'done', 'finished'],
]);
const failureStates: ReadonlySet<string> = new Set([
  ...['failed', 'failure', 'error', 'errored', 'partiallyfailed', 'completedwitherrors', 'failedvalidation'],
  ...['aborted', 'canceled', 'cancelled', 'timedout', 'timeout', 'expired', 'invalid', 'skipped'],
]);
const runningStates: ReadonlySet<string> = new Set([
  ...['running', 'inprogress', 'progressing', 'started', 'starting', 'executing', 'processing', 'active'],
]);
const successConditions: ReadonlySet<string> = new Set(['Succeeded', 'Complete', 'Completed', 'Finished', 'Done']);
/** Booleans of a status that say the same. */
const endFlags = ['finished', 'completed', 'complete', 'done', 'succeeded', 'failed', 'failure'];

/** Names that authors give to kinds whose objects are carried out once. */
const runName =
  /(?:Run|Job|Task|Workflow|Execution|Operation|Request|Migration|Clone|Import|Export|Backup|Restore|Rebalance|Build|Scan|Session|Action|Test|Transfer|Promotion|Switchover|Failover|Upgrade|Trial|Invocation|Sync)$/;
const recurringName = /^(?:Cluster)?(?:Cron|Scheduled|Recurring|Periodic|Scaled)/;

/** Judges an object; undefined for what does not run to an end. Its status is all there is to go by. */
export function runStateOf(kind: Kind, text: string): RunState | undefined {
  if (isBuiltInGroup(kind.group) || isLongLived(kind)) return undefined;
  const row = runKindOf(kind);
  const status = plainAt(text, '/status');
  if (row === undefined && status === undefined) return undefined;
  if (isRecurring(kind, text)) return undefined;
  return row === undefined ? bySigns(kind, status ?? {}) : byTable(row, status ?? {}, text);
}

function byTable(row: RunKind, status: Plain, text: string): RunState | undefined {
  const sign =
    timeOf(status) ??
    conditionOf(status, (condition) => isEndCondition(row, condition)) ??
    stateOf(status, (state) => isEndState(state) || (row.endStates ?? []).includes(state)) ??
    flagOf(status);
  if (sign !== undefined) return { state: 'ended', sign };
  if (read(text, '/spec/suspend') === true || read(text, '/spec/runPolicy/suspend') === true) return undefined;
  return { state: 'runs', sign: stateOf(status, () => true) ?? 'it has not finished' };
}

/** Tekton and its relatives say `Succeeded` False of what has failed, Unknown of what runs. */
function isEndCondition(row: RunKind, { type, is, reason }: Condition): boolean {
  if (type === 'Succeeded') return is === 'True' || (is === 'False' && !runningStates.has(squeezed(reason)));
  if (is !== 'True') return false;
  return successConditions.has(type) || type === 'Failed' || (row.endConditions ?? []).includes(type);
}

/** Of kinds nobody listed: two signs of an end are an end, one alone is reported. A failed state alone says nothing. */
function bySigns(kind: Kind, status: Plain): RunState | undefined {
  const named = runName.test(kind.kind);
  const time = timeOf(status);
  const condition = conditionOf(
    status,
    ({ type, is, reason }) =>
      (is === 'True' && successConditions.has(type)) ||
      (named && is === 'True' && type === 'Failed') ||
      (named && type === 'Succeeded' && is === 'False' && !runningStates.has(squeezed(reason))) ||
      (named && type === 'Ready' && successStates.has(squeezed(reason)))
  );
  const state = stateOf(status, (word) => successStates.has(word) || (named && failureStates.has(word)));
  const signs = [time, condition, state ?? (named ? flagOf(status) : undefined)].filter((one) => one !== undefined);
  const [sign] = signs;
  const started = startTimes.some((name) => isMoment(status[name]));
  if (sign !== undefined) {
    const certain = named || signs.length > 1 || (time !== undefined && started);
    return { state: certain ? 'ended' : 'may-have', sign };
  }
  if (!named) return undefined;
  const running = stateOf(status, (word) => runningStates.has(word)) ?? unknownSuccess(status);
  return running === undefined && !started ? undefined : { state: 'runs', sign: running ?? 'it has started' };
}

function isRecurring({ kind }: Kind, text: string): boolean {
  if (recurringName.test(kind)) return true;
  const spec = plainAt(text, '/spec') ?? {};
  return ['schedule', 'cron', 'cronSchedule', 'cronExpression', 'schedules', 'recurrence'].some((name) => {
    const value = spec[name];
    return (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null);
  });
}

function timeOf(status: Plain): string | undefined {
  const name = endTimes.find((field) => isMoment(status[field]));
  return name === undefined ? undefined : `status.${name} is set`;
}

function isMoment(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value);
}

/** A condition of a status: `is` is True, False or Unknown. */
interface Condition {
  readonly type: string;
  readonly is: string;
  readonly reason: string;
}

function conditionOf(status: Plain, isEnd: (condition: Condition) => boolean): string | undefined {
  const conditions = status['conditions'];
  if (!Array.isArray(conditions)) return undefined;
  for (const one of (conditions as readonly JsonValue[]).filter(isJsonObject)) {
    const [type, is] = [wordOf(one['type']), wordOf(one['status'])];
    if (isEnd({ type, is, reason: wordOf(one['reason']) })) return `condition ${type} is ${is}`;
  }
  return undefined;
}

function unknownSuccess(status: Plain): string | undefined {
  return conditionOf(status, ({ type, is }) => type === 'Succeeded' && is === 'Unknown');
}

function stateOf(status: Plain, isDesired: (word: string) => boolean): string | undefined {
  for (const name of stateFields) {
    const value = status[name];
    const inner = isJsonObject(value) ? (value['state'] ?? value['phase'] ?? value['status']) : value;
    const word = wordOf(inner);
    if (word !== '' && isDesired(squeezed(word))) return `status.${name} is ${word}`;
  }
  return undefined;
}

function isEndState(word: string): boolean {
  return successStates.has(word) || failureStates.has(word);
}

function flagOf(status: Plain): string | undefined {
  const name = endFlags.find((field) => status[field] === true);
  return name === undefined ? undefined : `status.${name} is true`;
}

function squeezed(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z]/g, '');
}

function wordOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function plainAt(text: string, pointer: string): Plain | undefined {
  const value = read(text, pointer);
  return isJsonObject(value) ? value : undefined;
}
