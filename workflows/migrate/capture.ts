import type { CapturedScope, CaptureResult, PreflightResult, RunContext } from '../../src/core/migration/contract.ts';
import { effects } from '../lib/activities.ts';
import { stepInfo } from '../lib/journal.ts';
import { inWindow } from '../lib/window.ts';
import { runPhase, runStep } from './run.ts';
import type { Run } from './run.ts';

/** Kinds a capture activity takes: few enough that a lost attempt costs little. */
const kindsPerBatch = 12;
/** Capture activities at the same time; each pages through its kinds in parallel itself. */
const batchesInParallel = 2;

/**
 * Captures the scope: namespaced kinds in batches, then the cluster-scoped objects they need, then one merged list.
 * Writes only content-addressed objects, which need no undo: the same capture again finds them there.
 */
export async function captureScope(run: Run, context: RunContext, preflight: PreflightResult): Promise<CapturedScope> {
  return runPhase(
    run,
    'capture',
    'capture objects',
    async () => {
      const batches = Array.from({ length: Math.ceil(preflight.kindCount / kindsPerBatch) }, (_, index) => ({
        kinds: preflight.kinds,
        from: index * kindsPerBatch,
        to: Math.min(preflight.kindCount, (index + 1) * kindsPerBatch),
      }));
      const parts = await runStep(run, {
        info: stepInfo('capture', 'namespaced objects', 'capture/objects'),
        body: () =>
          inWindow(batches, batchesInParallel, (batch) =>
            effects.captureKinds({ context, batch, stepId: 'capture/objects' })
          ),
        summary: (results) => ({ counts: { objects: total(results, 'objects'), leftOut: total(results, 'leftOut') } }),
      });
      const refs = parts.map((part) => part.part);
      const shared = await runStep(run, {
        info: stepInfo('capture', 'cluster-scoped dependencies', 'capture/cluster'),
        body: () =>
          effects.captureDependencies({ context, parts: refs, kinds: preflight.kinds, stepId: 'capture/cluster' }),
        summary: (result) => ({ counts: { objects: result.objects, leftOut: result.leftOut } }),
      });
      return runStep(run, {
        info: stepInfo('capture', 'index', 'capture/index'),
        body: () => effects.mergeCapture({ context, parts: [...refs, shared.part], stepId: 'capture/index' }),
        summary: (result) => ({ counts: { objects: result.objects } }),
      });
    },
    (captured) => ({
      counts: { objects: captured.objects, leftOut: captured.leftOut, storedBytes: captured.storedBytes },
    })
  );
}

function total(results: readonly CaptureResult[], field: 'objects' | 'leftOut'): number {
  return results.reduce((sum, result) => sum + result[field], 0);
}
