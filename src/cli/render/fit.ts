import type { StepState } from '../../core/run/view.ts';
import { dropOrder, type Row } from './rows.ts';
import type { StepText } from './step-text.ts';
import { markOf, spansWidth, type Span, span } from './style.ts';
import { displayWidth } from './width.ts';

/** A row with its second line, or the count of rows hidden under one parent. */
export type Fitted =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'detail'; readonly row: Row; readonly text: string }
  | { readonly kind: 'hidden'; readonly depth: number; readonly text: string };

/** Columns between the rates of a row. */
const rateGap = 3;

interface Slot {
  readonly fitted: Exclude<Fitted, { kind: 'hidden' }>;
  readonly rank: number;
  readonly order: number;
}

/**
 * Chooses what of the body is shown in so many lines. Dropped in this order (T4): finished children, queued ones,
 * second lines, phases that are over or to come, running children; what needs an eye only when nothing else is left.
 * Every hidden row is counted, by state, where it was.
 */
export function fitHeight(rows: readonly Row[], lines: number): Fitted[] {
  const slots = rows.flatMap((row, order) => slotsOf(row, order));
  const hidden = new Set<Slot>();
  const groups = new Map<string, number>();
  let used = slots.length;
  for (const slot of givingUp(slots)) {
    if (used <= lines) break;
    hidden.add(slot);
    used -= 1;
    if (slot.fitted.kind === 'detail') continue;
    const { group } = slot.fitted.row;
    const count = groups.get(group) ?? 0;
    groups.set(group, count + 1);
    // The first hidden row of a group makes way for the line that counts.
    if (count === 0) used += 1;
  }
  return withCounts(slots, hidden).slice(0, Math.max(0, lines));
}

/** `3 done, 12 queued` in the order of states. */
function countStates(states: readonly StepState[]): string {
  const counts = new Map<StepState, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const order: readonly StepState[] = ['failed', 'retrying', 'waiting', 'running', 'queued', 'skipped', 'done'];
  return order
    .filter((state) => counts.has(state))
    .map((state) => `${counts.get(state)} ${markOf(state).word}`)
    .join(', ');
}

function slotsOf(row: Row, order: number): Slot[] {
  const slot: Slot = { fitted: { kind: 'row', row }, rank: row.dropOrder, order };
  // What is said of a row that needs an eye goes after all others, but before the row itself.
  const rank = row.dropOrder <= dropOrder.pressing ? dropOrder.pressing + 0.5 : dropOrder.detail;
  const lines = row.text.details.map((text): Slot => ({ fitted: { kind: 'detail', row, text }, rank, order }));
  return [slot, ...lines];
}

/** Of one rank the finished go oldest first, all others last first. */
function givingUp(slots: readonly Slot[]): Slot[] {
  const direction = (slot: Slot): number =>
    slot.rank === dropOrder.finished || slot.rank === dropOrder.phase ? 1 : -1;
  return [...slots].sort(
    (a, b) =>
      b.rank - a.rank ||
      direction(a) * (a.order - b.order) ||
      // A row never goes before its own second line.
      (a.fitted.kind === 'detail' ? -1 : 1)
  );
}

function withCounts(slots: readonly Slot[], hidden: ReadonlySet<Slot>): Fitted[] {
  const states = new Map<string, StepState[]>();
  for (const { fitted } of hidden) {
    if (fitted.kind !== 'row') continue;
    states.set(fitted.row.group, [...(states.get(fitted.row.group) ?? []), fitted.row.state]);
  }
  const result: Fitted[] = [];
  for (const [index, slot] of slots.entries()) {
    const { row } = slot.fitted;
    if (!hidden.has(slot)) result.push(slot.fitted);
    const last = slots.slice(index + 1).every((later) => later.fitted.row.group !== row.group);
    const counted = states.get(row.group);
    if (!last || counted === undefined) continue;
    states.delete(row.group);
    result.push({ kind: 'hidden', depth: row.depth, text: `(hidden: ${countStates(counted)})` });
  }
  return result;
}

/** Pieces of a row that fit: the bar goes first; then rates, from the last. */
export function fitText({ bar, main, rates }: StepText, columns: number): Span[] {
  const whole = spansWidth([...main, ...rates]) + rates.length * rateGap;
  const spans = bar !== undefined && spansWidth([bar]) + whole <= columns ? [bar, ...main] : [...main];
  let used = spansWidth(spans);
  for (const rate of rates) {
    used += displayWidth(rate.text) + rateGap;
    if (used > columns) break;
    spans.push(span('   '), rate);
  }
  return spans;
}
