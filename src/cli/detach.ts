import type { RunView } from '../core/run/view.ts';
import type { AddressFlags } from '../engine/address.ts';
import { ownCommand } from '../runs/own-command.ts';

interface Watch {
  readonly isFrozen: () => boolean;
  readonly say: (message: string) => void;
  readonly end: () => void;
}

/**
 * What an interrupt does to a watch: it ends it. Whoever walks away from an application that stands still must know it, so
 * while the source is frozen the first one says so, and the second ends the watch.
 */
export function openDetach({ isFrozen, say, end }: Watch): () => void {
  let asked = false;
  return () => {
    if (asked || !isFrozen()) return end();
    asked = true;
    say('the source is FROZEN and the run goes on without you; ask once more to stop watching');
  };
}

interface Detached {
  readonly runId: string;
  /** Whether the local engine carries the run. */
  readonly local: boolean;
  readonly sides: RunView['sides'];
  readonly kind: string;
}

/** What a cancel does to runs that have nothing to undo. */
const cancelEffects: Readonly<Partial<Record<string, string>>> = {
  prune: 'until the first point is marked; after that it continues to its end',
  verify: 'it changes nothing',
};

/** What a watch ends with while its run goes on: where the run is, how to come back and how to cancel. */
export function detachedLines({ runId, local, sides, kind }: Detached, flags: AddressFlags): string[] {
  const { source, target } = sides;
  return [
    `detached: run ${runId} goes on in ${local ? 'the local engine' : 'the workers'}`,
    ...(source === undefined
      ? []
      : [
          `  state    source ${source.toUpperCase()}${isAlone(kind) ? '' : `, target ${(target ?? 'not known').toUpperCase()}`}`,
        ]),
    `  watch    ${ownCommand(`status ${runId} --wait`, flags)}`,
    `  cancel   ${ownCommand(`cancel ${runId}`, flags)}   (${cancelEffects[kind] ?? 'everything it did is undone'})`,
    ...(local ? [`  after a restart of this machine: ${ownCommand(`resume ${runId}`, flags)}`] : []),
  ];
}

/** A run that applies nothing has no target. */
function isAlone(kind: string): boolean {
  return kind === 'backup';
}

/** What a cancel that nobody watches says of a source that stands still; nothing of any other. */
export function frozenLines(runId: string, source: string): string[] {
  return source === 'frozen' ? [`${runId}: the source is FROZEN until the undo has started the application again`] : [];
}
