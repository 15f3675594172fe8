import type { WaveItem, WaveSpec } from './wave.ts';

/** What a wave does next. */
export type WaveStep =
  /** Start these, by index, in this order; empty = wait for one that runs. */
  | { readonly next: 'start'; readonly items: readonly number[] }
  /** Too many failed: let what runs end, then wait for a person. */
  | { readonly next: 'stop'; readonly reason: string }
  | { readonly next: 'end' };

type Bounds = Pick<WaveSpec, 'concurrency' | 'stopOn' | 'migrations'>;

/**
 * Decides the next step of a wave from the state of its items alone. Groups run one after the other; within one, items
 * start in their order as far as the bounds allow. An item whose link is full lets later ones of other links pass.
 * `forgiven` is the number of ended items a person has looked at: failures among them do not count again.
 */
export function nextStep(items: readonly WaveItem[], bounds: Bounds, forgiven = 0): WaveStep {
  const reason = stopReason(items, bounds, forgiven);
  if (reason !== '') return { next: 'stop', reason };
  const group = items.find(isOpen)?.group;
  if (group === undefined) return { next: 'end' };
  const running = items.filter(({ state }) => state === 'running');
  const links = new Map<string, number>();
  for (const item of running) links.set(linkOf(item, bounds), (links.get(linkOf(item, bounds)) ?? 0) + 1);
  const starts: number[] = [];
  for (const [index, item] of items.entries()) {
    if (running.length + starts.length >= bounds.concurrency.total) break;
    if (item.group !== group || item.state !== 'queued') continue;
    const link = linkOf(item, bounds);
    const used = links.get(link) ?? 0;
    if (used >= bounds.concurrency.perLink) continue;
    links.set(link, used + 1);
    starts.push(index);
  }
  return { next: 'start', items: starts };
}

/** Whether an item still has something before it. */
export function isOpen({ state }: WaveItem): boolean {
  return state === 'queued' || state === 'running';
}

/** A run that did not bring everything over: failed, partial or cancelled by itself. */
export function isBad({ state }: WaveItem): boolean {
  return state === 'failed' || state === 'partial' || state === 'cancelled';
}

function stopReason(items: readonly WaveItem[], { stopOn }: Bounds, forgiven: number): string {
  const ended = items.filter((item) => !isOpen(item)).sort((a, b) => a.endedMs - b.endedMs);
  const counted = ended.slice(forgiven);
  const bad = counted.filter(isBad).length;
  if (counted.length < stopOn.minimumEnded || bad === 0 || bad / counted.length <= stopOn.failureRate) return '';
  if (!items.some(({ state }) => state === 'queued')) return '';
  const share = Math.round((bad / counted.length) * 100);
  return `${bad} of ${counted.length} runs failed (${share} %, more than ${Math.round(stopOn.failureRate * 100)} %)`;
}

/** Two clusters and the way between them: what a bound on bandwidth is about. */
function linkOf(item: WaveItem, { migrations }: Bounds): string {
  const migration = migrations[item.migration];
  return `${migration?.source.name ?? ''} -> ${migration?.target.name ?? ''}`;
}
