import { LandfallError } from '../../core/errors.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
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
export function undoIncomplete(
  { target }: Session<'target'>,
  { ref }: Pick<DesiredObject, 'ref'>,
  why: string
): LandfallError {
  const subject = describeRef(ref);
  return new LandfallError('UNDO_INCOMPLETE', { what: `${subject} on ${target.name} is kept: ${why}`, ref: subject });
}
