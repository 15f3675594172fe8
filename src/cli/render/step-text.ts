import {
  formatBytes,
  formatBytesOf,
  formatClock,
  formatCount,
  formatDuration,
  formatRange,
  plural,
} from '../../core/run/format.ts';
import { isFilesBehind, remainingSeconds, ratePerSecond, type ProgressView } from '../../core/run/progress.ts';
import type { RetryView, StepView, WaitView } from '../../core/run/view.ts';
import type { Counts } from '../../core/run/events.ts';
import { bar, span, type Appearance, type Span } from './style.ts';

const barWidth = 14;
/** A step that says nothing for longer says so: nothing stands there with only a glyph. */
const silentMs = 10_000;

/** What stands after name and time of a step, in pieces that are dropped from the last to the first. */
export interface StepText {
  /** Dropped first of all: the number beside it says the same. */
  readonly bar?: Span;
  readonly main: readonly Span[];
  /** Rates and what remains: dropped when the width does not do. */
  readonly rates: readonly Span[];
  /** More lines, indented; joined to the first when there is room. */
  readonly details: readonly string[];
}

/** The text of a step at a moment. Pure. */
export function stepText(step: StepView, now: number, appearance: Appearance): StepText {
  switch (step.state) {
    case 'queued':
      return text([span('queued', 'dim')]);
    case 'running':
      return runningText(step, now, appearance);
    case 'waiting':
      return step.waiting === undefined ? text([span('waiting', 'attention')]) : waitingText(step, step.waiting, now);
    case 'retrying':
      return step.retry === undefined ? text([span('retrying', 'attention')]) : retryText(step.retry, now);
    case 'done':
      return text([span('done', 'good'), span(doneText(step))]);
    case 'skipped':
      return text([span('skipped', 'dim'), span(step.note === '' ? '' : `  ${step.note}`)]);
    case 'failed':
      return text([span(`FAILED ${step.error?.code ?? ''}`, 'bad')], [], step.error?.what ?? '');
  }
}

/** `61.2 / 118 GiB`, `512 / ~1,204 objects`, `512 objects`: done of total with its unit. */
export function amountText(progress: ProgressView): string {
  const { done, total, unit, totalIsEstimate, files } = progress;
  if (files !== undefined && isFilesBehind(progress)) {
    return `${formatCount(files.done)} / ${totalIsEstimate ? '~' : ''}${formatCount(files.total)} files`;
  }
  if (unit === 'bytes') return total === 0 ? formatBytes(done) : formatBytesOf(done, total, totalIsEstimate);
  if (total === 0) return `${formatCount(done)} ${unit}`;
  return `${formatCount(done)} / ${totalIsEstimate ? '~' : ''}${formatCount(total)} ${unit}`;
}

/** `212 MiB/s`; '' while there is nothing to measure. */
function rateText(progress: ProgressView, now: number): string {
  const isFiles = isFilesBehind(progress);
  const rate = ratePerSecond(progress, now, isFiles ? 'files' : 'done');
  if (rate === undefined || rate <= 0) return '';
  return progress.unit === 'bytes' && !isFiles
    ? `${formatBytes(rate)}/s`
    : `${formatCount(Math.max(1, Math.round(rate)))}/s`;
}

/** The clock alone on the day of `nowMs` (UTC), else with the day: `2026-12-01 04:10:02Z`. */
export function formatMoment(ms: number, nowMs: number): string {
  const day = (instant: number): number => Math.floor(instant / 86_400_000);
  const clock = formatClock(ms);
  if (clock === '' || day(ms) === day(nowMs)) return clock;
  return `${new Date(ms).toISOString().slice(0, 10)} ${clock}`;
}

/** What a wait is for: `waits for PersistentVolumeClaim shop/data: Bound (now Pending)`. */
function waitingFor(waiting: WaitView): string {
  return `waits for ${waiting.ref}${waiting.condition === '' ? '' : `: ${waiting.condition}`}`;
}

/** Since when, until when, and what then. */
function waitingUntil(waiting: WaitView, now: number): string {
  const since = `since ${formatMoment(waiting.since, now)} (${formatDuration(now - waiting.since)})`;
  const { deadline, afterwards } = waiting;
  if (deadline === undefined) return `${since}, for as long as it takes${afterwards === '' ? '' : `; ${afterwards}`}`;
  const remaining = deadline > now ? `${formatDuration(deadline - now)} left` : 'passed';
  return `${since}, until ${formatMoment(deadline, now)} (${remaining})${afterwards === '' ? '' : `, then ${afterwards}`}`;
}

/** `1,204 objects, 12 claims, 118 GiB`: counts of a step with their words. */
function countsText(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, value]) => (/bytes$/i.test(name) ? bytesCount(name, value) : countText(name, value)))
    .join(', ');
}

function text(main: readonly Span[], rates: readonly Span[] = [], detail = ''): StepText {
  return { main, rates, details: detail === '' ? [] : [detail] };
}

function runningText(step: StepView, now: number, appearance: Appearance): StepText {
  const silence = now - step.lastEventAt > silentMs ? `no change for ${formatDuration(now - step.lastEventAt)}` : '';
  const { progress } = step;
  if (progress === undefined) return text([span('running', 'active')], silence === '' ? [] : [span(silence, 'dim')]);
  const note = progress.note === '' ? '' : `  ${progress.note}`;
  if (progress.total === 0 && progress.done === 0) {
    return text([span('running', 'active'), span(note, 'dim')], silence === '' ? [] : [span(silence, 'dim')]);
  }
  const amount = amountText(progress);
  if (progress.total === 0) return text([span(amount), span(note, 'dim')], rates(progress, now, silence));
  const finishing = progress.done >= progress.total;
  const label = finishing ? `  ${progress.note === '' ? 'finishing' : progress.note}` : '';
  const main = [span(`${String(progress.percent).padStart(2)} %   ${amount}`), span(label, 'dim')];
  const drawn = span(`${bar(progress.percent, barWidth, appearance.ascii)}  `, 'active');
  return { bar: drawn, ...text(main, rates(progress, now, silence)) };
}

function rates(progress: ProgressView, now: number, silence: string): Span[] {
  if (silence !== '') return [span(silence, 'attention')];
  if (progress.total > 0 && progress.done >= progress.total) return [];
  const remaining = remainingSeconds(progress, now);
  // First what people ask for: it is the last to be dropped.
  return [remaining === undefined ? '' : `left ${formatRange(remaining.low, remaining.high)}`, rateText(progress, now)]
    .filter((part) => part !== '')
    .map((part) => span(part));
}

function waitingText(step: StepView, waiting: WaitView, now: number): StepText {
  const failed = step.error === undefined ? [] : [span(`FAILED ${step.error.code}  `, 'bad')];
  const main = [...failed, span(waitingFor(waiting), 'attention')];
  const { progress } = step;
  return text(main, progress === undefined ? [] : [span(amountText(progress))], waitingUntil(waiting, now));
}

function retryText(retry: RetryView, now: number): StepText {
  const of = retry.attemptsMax > 0 ? ` of ${retry.attemptsMax}` : '';
  const next = retry.nextAt > now ? `next try in ${formatDuration(retry.nextAt - now)}` : 'trying now';
  const main = [span(`attempt ${retry.attempt}${of}`, 'attention'), span(`   ${retry.error.code}   ${next}`)];
  const { what, why = '' } = retry.error;
  return text(main, [], why === '' ? what : `${what}: ${why}`);
}

function doneText(step: StepView): string {
  const parts = [
    countsText(step.counts),
    step.note,
    step.retries === 0 ? '' : plural(step.retries, 'retry', 'retries'),
  ];
  const reported = parts.filter((part) => part !== '').join(', ');
  return reported === '' ? '' : `  ${reported}`;
}

/** `transferredBytes` reads `118 GiB transferred`; `bytes` alone is the size. */
function bytesCount(name: string, value: number): string {
  const word = words(name.replace(/bytes$/i, ''));
  return word === '' ? formatBytes(value) : `${formatBytes(value)} ${word}`;
}

function countText(name: string, value: number): string {
  const word = words(name);
  const one = value === 1 && /[a-z]s$/.test(word) && !/(ss|us)$/.test(word);
  return `${formatCount(value)} ${one ? word.replace(/ies$/, 'y').replace(/s$/, '') : word}`;
}

/** `notChecked` -> `not checked`. */
function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
