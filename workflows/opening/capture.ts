import { activities } from '../saga/activities.ts';
import type { ActionHandler } from '../saga/run.ts';
import { inWindow } from '../saga/window.ts';
import { contextOf, preflightOf, type ScopeFound } from './scope.ts';
import type { CaptureBatch, CaptureResult } from '../../src/core/capture/contract.ts';
import type { PreflightResult } from '../../src/core/preflight/contract.ts';

/** Kinds a capture activity takes: few enough that a lost attempt costs little. */
const kindsPerBatch = 12;
/** Capture activities at the same time; each pages through its kinds in parallel itself. */
const batchesInParallel = 2;

/**
 * Captures the scope: namespaced kinds in batches, then the cluster-scoped objects they need, then one merged list.
 * Writes only content-addressed objects, which need no compensation: the same capture again finds them there.
 */
export const captureActions = {
  async 'capture-objects'(run, { stepId }) {
    const context = contextOf(run);
    const parts = await inWindow(batchesOf(preflightOf(run)), batchesInParallel, (batch) =>
      activities.captureKinds({ context, batch, stepId })
    );
    run.found.parts = parts;
    return { summary: { counts: { objects: total(parts, 'objects'), excluded: total(parts, 'excluded') } } };
  },

  async 'capture-dependencies'(run, { stepId }) {
    const parts = run.found.parts.map(({ part }) => part);
    const { kinds } = preflightOf(run);
    const shared = await activities.captureDependencies({ context: contextOf(run), parts, kinds, stepId });
    run.found.parts = [...run.found.parts, shared];
    return { summary: { counts: { objects: shared.objects, excluded: shared.excluded } } };
  },

  async 'merge-capture'(run, { stepId }) {
    const parts = run.found.parts.map(({ part }) => part);
    const captured = await activities.mergeCapture({ context: contextOf(run), parts, stepId });
    run.found.captured = captured;
    return { summary: { counts: { objects: captured.objects } } };
  },
} satisfies Record<string, ActionHandler<ScopeFound>>;

function batchesOf({ kinds, kindCount }: PreflightResult): readonly CaptureBatch[] {
  return Array.from({ length: Math.ceil(kindCount / kindsPerBatch) }, (_, index) => ({
    kinds,
    from: index * kindsPerBatch,
    to: Math.min(kindCount, (index + 1) * kindsPerBatch),
  }));
}

function total(results: readonly CaptureResult[], field: 'objects' | 'excluded'): number {
  return results.reduce((sum, result) => sum + result[field], 0);
}
