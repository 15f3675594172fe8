import type { Asking } from '../../src/saga/permissions.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import type { ActionHandler } from '../saga/run.ts';
import { contextOf, preflightOf, refusal, todayOf, type ScopeFound } from './scope.ts';

/** What a run begins with whose content is in a recovery point, instead of a capture. */
export function pointActions(asking: Asking) {
  return {
    async 'open-point'(run, { stepId }) {
      const point = await activities.openPoint({ context: contextOf(run), stepId });
      run.found.point = point;
      run.found.captured = point.captured;
    },

    async 'check-target'(run, { stepId }) {
      const point = required(run.found.point, 'recovery point');
      const request = { context: contextOf(run), point, asking, today: todayOf(run), stepId };
      run.found.preflight = await activities.preflightTarget(request);
      return refusal(run, preflightOf(run));
    },
  } satisfies Record<string, ActionHandler<ScopeFound>>;
}
