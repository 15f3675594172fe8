import { formatBytes, formatBytesOf, formatDuration } from '../../core/run/format.ts';
import type { ProgressView } from '../../core/run/progress.ts';
import { remainingSeconds, ratePerSecond } from '../../core/run/progress.ts';
import { parseInstant } from '../../core/run/instant.ts';
import type { ErrorDetail } from '../../core/errors.ts';
import type { Counts, RunEvent } from '../../core/run/events.ts';
import { describeRef } from '../../core/resource.ts';

/** What a line says: which step, one word, and the rest. Names are never shortened. */
export interface EventLine {
  readonly step: string;
  readonly word: string;
  readonly text: string;
}

/** The line of an event that is printed at once; undefined for those printed on their own schedule, or not at all. */
export function eventLine(event: RunEvent): EventLine | undefined {
  switch (event.type) {
    case 'hello':
      return { step: event.kind, word: 'started', text: `${event.name}${sidesText(event)}` };
    case 'step.started':
      return { step: event.step.id, word: 'started', text: attemptText(event.attempt) };
    case 'step.done':
      return {
        step: event.step.id,
        word: 'done',
        text: doneText(event.durationMs, event.counts, event.note ?? ''),
      };
    case 'step.skipped':
      return { step: event.step.id, word: 'skipped', text: event.reason };
    case 'step.failed':
      return {
        step: event.step.id,
        word: 'FAILED',
        text: `${formatDuration(event.durationMs)} ${errorText(event.error)}`,
      };
    case 'step.retry':
      return { step: event.step.id, word: 'retry', text: retryText(event) };
    case 'object':
      if (event.outcome !== 'failed') return undefined;
      return { step: event.step.id, word: 'object', text: `FAILED ${describeRef(event.ref)}: ${event.reason}` };
    case 'finding':
      return {
        step: event.waiver === undefined ? event.severity : 'accepted',
        word: 'finding',
        text: `${event.code} ${event.subject}: ${event.message} ${
          event.waiver === undefined
            ? `fix: ${event.remedy}`
            : `accepted by ${event.waiver.owner} until ${event.waiver.until}: ${event.waiver.reason}`
        }`,
      };
    case 'approval':
      return {
        step: `gate/${event.gate}`,
        word: 'approval',
        text: `${event.state} plan=${event.planHash} by=${event.by} expires=${event.expiresAt}`,
      };
    case 'side':
      return { step: 'sides', word: 'now', text: `source=${event.source} target=${event.target}` };
    case 'undo.started':
    case 'undo.done':
      return {
        step: event.step.id,
        word: event.type === 'undo.started' ? 'undoing' : 'undone',
        text: event.title,
      };
    case 'undo.failed':
      return { step: event.step.id, word: 'NOT-UNDONE', text: `${event.title}: ${errorText(event.error)}` };
    case 'log':
      return { step: event.level, word: 'log', text: [event.message, ...fieldTexts(event.fields)].join(' ') };
    case 'result':
      return { step: 'result', word: event.outcome, text: `exit=${event.exitCode}` };
    default:
      return undefined;
  }
}

/** Nothing of a run that works on a Location alone, and no target of one that applies nothing. */
function sidesText({ source, target }: { readonly source: string; readonly target: string }): string {
  if (target === '') return source === '' ? '' : `: ${source}`;
  return `: ${source} -> ${target}`;
}

/** `52% 61.2/118GiB rate=212MiB/s left=4m..7m`: no spaces within a value, so that a line can be cut at spaces. */
export function progressText(progress: ProgressView, now: number): string {
  const { done, total, unit, files } = progress;
  const about = progress.totalIsEstimate ? '~' : '';
  const bytes = unit === 'bytes';
  const ofTotal = bytes ? formatBytesOf(done, total, progress.totalIsEstimate) : `${done}/${about}${total} ${unit}`;
  const amount = total === 0 ? (bytes ? formatBytes(done) : `${done} ${unit}`) : ofTotal;
  const rate = ratePerSecond(progress, now);
  const remaining = remainingSeconds(progress, now);
  return [
    total === 0 ? '' : `${progress.percent}%`,
    bytes ? amount.replaceAll(' ', '') : amount,
    files === undefined || files.total === 0 ? '' : `files=${files.done}/${about}${files.total}`,
    rate === undefined || rate <= 0
      ? ''
      : `rate=${bytes ? formatBytes(rate).replace(' ', '') : rate.toFixed(rate < 10 ? 1 : 0)}/s`,
    remaining === undefined
      ? ''
      : `left=${formatDuration(remaining.low * 1000)}..${formatDuration(remaining.high * 1000)}`,
    progress.note,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function errorText(error: ErrorDetail): string {
  const { ref = '' } = error;
  return `${error.code} ${error.what}${ref === '' ? '' : ` (${ref})`}`;
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
