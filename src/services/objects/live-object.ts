import { LandfallError } from '../../core/errors.ts';
import type { PlanEntry } from '../../core/planning/plan-entry.ts';
import { describeRef } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import type { RawObject } from '../../ports/cluster.ts';
import type { Session } from '../session.ts';

/** An object as it is now, in a version that is served. */
export interface LiveObject {
  readonly live: RawObject;
  readonly resource: ApiResource;
}

/** What an undo leaves, as the report says it. */
export function left({ target }: Session<'target'>, { ref }: Pick<PlanEntry, 'ref'>, why: string): LandfallError {
  const subject = describeRef(ref);
  return new LandfallError('UNDO_LEFT', { what: `${subject} on ${target.name} is kept: ${why}`, ref: subject });
}
