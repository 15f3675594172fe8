import { formatBytes, formatBytesOf, formatDuration } from '../../core/run/format.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import { leftSeconds, ratePerSecond } from '../../core/run/progress.ts';
import { parseInstant } from '../../core/run/instant.ts';
import type { ErrorDetail } from '../../core/errors.ts';
import type { Counts, RunEvent } from '../../core/run/events.ts';
import { describeRef } from '../../core/resource.ts';

/** What a line says: which step, one word, and the rest. Names are never shortened. */
export interface EventLine {
  readonly step: string;
  readonly word: string;
  readonly rest: string;
}

/** The line of an event that is told at once; undefined for those told on their own beat, or not at all. */
export function eventLine(event: RunEvent): EventLine | undefined {
  switch (event.type) {
    case 'hello':
      return { step: event.kind, word: 'started', rest: `${event.name}${sidesText(event)}` };
    case 'step.started':
      return { step: event.step.id, word: 'started', rest: attemptText(event.attempt) };
    case 'step.done':
      return { step: event.step.id, word: 'done', rest: doneText(event.durationMs, event.counts, event.note ?? '') };
    case 'step.skipped':
      return { step: event.step.id, word: 'skipped', rest: event.reason };
    case 'step.failed':
      return {
        step: event.step.id,
        word: 'FAILED',
        rest: `${formatDuration(event.durationMs)} ${errorText(event.error)}`,
      };
    case 'step.retry':
      return { step: event.step.id, word: 'retry', rest: retryText(event) };
    case 'object':
      if (event.outcome !== 'failed') return undefined;
      return { step: event.step.id, word: 'object', rest: `FAILED ${describeRef(event.ref)}: ${event.reason}` };
    case 'finding':
      return {
        step: event.waiver === undefined ? event.severity : 'accepted',
        word: 'finding',
        rest: `${event.code} ${event.subject}: ${event.message} ${
          event.waiver === undefined
            ? `fix: ${event.remedy}`
            : `accepted by ${event.waiver.owner} until ${event.waiver.until}: ${event.waiver.reason}`
        }`,
      };
    case 'approval':
      return {
        step: `gate/${event.gate}`,
        word: 'approval',
        rest: `${event.state} plan=${event.planHash} by=${event.by} expires=${event.expiresAt}`,
      };
    case 'side':
      return { step: 'sides', word: 'now', rest: `source=${event.source} target=${event.target}` };
    case 'undo.started':
    case 'undo.done':
      return { step: event.step.id, word: event.type === 'undo.started' ? 'undoing' : 'undone', rest: event.title };
    case 'undo.failed':
      return { step: event.step.id, word: 'NOT-UNDONE', rest: `${event.title}: ${errorText(event.error)}` };
    case 'log':
      return { step: event.level, word: 'log', rest: [event.message, ...fieldTexts(event.fields)].join(' ') };
    case 'result':
      return { step: 'result', word: event.outcome, rest: `exit=${event.exitCode}` };
    default:
      return undefined;
  }
}

/** Nothing of a run that works on a Location alone. */
function sidesText({ source, target }: { readonly source: string; readonly target: string }): string {
  return source === '' && target === '' ? '' : `: ${source} -> ${target}`;
}

/** `52% 61.2/118GiB rate=212MiB/s left=4m..7m`: no spaces within a value, so that a line can be cut at spaces. */
export function progressText(progress: ProgressView, now: number): string {
  const { done, total, unit, files } = progress;
  const about = progress.totalIsEstimate ? '~' : '';
  const bytes = unit === 'bytes';
  const ofTotal = bytes ? formatBytesOf(done, total, progress.totalIsEstimate) : `${done}/${about}${total} ${unit}`;
  const amount = total === 0 ? (bytes ? formatBytes(done) : `${done} ${unit}`) : ofTotal;
  const rate = ratePerSecond(progress, now);
  const left = leftSeconds(progress, now);
  return [
    total === 0 ? '' : `${progress.percent}%`,
    bytes ? amount.replaceAll(' ', '') : amount,
    files === undefined || files.total === 0 ? '' : `files=${files.done}/${about}${files.total}`,
    rate === undefined || rate <= 0
      ? ''
      : `rate=${bytes ? formatBytes(rate).replace(' ', '') : rate.toFixed(rate < 10 ? 1 : 0)}/s`,
    left === undefined ? '' : `left=${formatDuration(left.low * 1000)}..${formatDuration(left.high * 1000)}`,
    progress.note,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function errorText(error: ErrorDetail): string {
  const ref = error.ref === undefined ? '' : ` (${error.ref})`;
  return `${error.code} ${error.what}${ref}`;
}

function whyText({ why = '' }: ErrorDetail): string {
  return why === '' ? '' : `: ${why}`;
}

function attemptText(attempt: number | undefined): string {
  return attempt === undefined || attempt <= 1 ? '' : `attempt=${attempt}`;
}

function retryText(event: Extract<RunEvent, { type: 'step.retry' }>): string {
  const of = event.attemptsMax > 0 ? `/${event.attemptsMax}` : '';
  const at = parseInstant(event.time) ?? 0;
  const inMs = Math.max(0, (parseInstant(event.nextAt) ?? at) - at);
  return `${event.attempt}${of} in=${formatDuration(inMs)} ${errorText(event.error)}${whyText(event.error)}`;
}

function doneText(durationMs: number, counts: Counts, note: string): string {
  const parts = Object.entries(counts).map(([name, value]) =>
    /bytes$/i.test(name) ? `${name}=${formatBytes(value).replace(' ', '')}` : `${name}=${value}`
  );
  return [formatDuration(durationMs), ...parts, note].filter((part) => part !== '').join(' ');
}

function fieldTexts(fields: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`);
}
