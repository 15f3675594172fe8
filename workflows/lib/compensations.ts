import { CancellationScope } from '@temporalio/workflow';
import type { ErrorDetail } from '../../src/core/errors.ts';
import { toErrorDetail } from './failures.ts';
import { stepInfo } from './journal.ts';
import type { Journal } from './journal.ts';

/** What undoes a step. Registered before the step runs: an effect whose outcome is unknown counts as happened. */
export interface Compensation {
  /** What people read: `remove 212 objects from the target`. */
  readonly title: string;
  readonly undo: () => Promise<void>;
}

export interface UndoOutcome {
  readonly title: string;
  readonly ok: boolean;
  readonly error?: ErrorDetail;
}

/**
 * Runs compensations in reverse, newest first, each with its own retries, none cancellable. One that fails for good is
 * told and the others still run: half an undo is worse than one with a named rest.
 */
export async function undoAll(stack: readonly Compensation[], journal: Journal): Promise<readonly UndoOutcome[]> {
  return CancellationScope.nonCancellable(async () => {
    const outcomes: UndoOutcome[] = [];
    for (const [index, compensation] of [...stack.entries()].reverse()) {
      const step = stepInfo('undo', compensation.title, `undo/${index}`);
      journal.emit({ type: 'undo.started', step, title: compensation.title });
      try {
        await compensation.undo();
        outcomes.push({ title: compensation.title, ok: true });
        journal.emit({ type: 'undo.done', step, title: compensation.title });
      } catch (error) {
        const detail = toErrorDetail(error);
        outcomes.push({ title: compensation.title, ok: false, error: detail });
        journal.emit({ type: 'undo.failed', step, title: compensation.title, error: detail });
      }
    }
    return outcomes;
  });
}
