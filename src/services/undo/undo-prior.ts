import { isLandfallError } from '../../core/errors.ts';
import { undoFieldManagerOf } from '../../core/identity/names.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import { readHead } from '../../core/select/head.ts';
import { anew, decideGiveBack, mayBeMadeAnew } from '../../core/undo/give-back.ts';
import { undoIncomplete, type LiveObject } from '../objects/live-object.ts';
import { isBeingRemade, keepRemade } from '../objects/ownership.ts';
import { textOf } from '../objects/text.ts';

import { waitGone } from '../objects/wait-gone.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

interface Given {
  readonly entry: DesiredObject;
  /** The object as it was before the run changed it. */
  readonly prior: string;
  readonly found: LiveObject | undefined;
}

/**
 * Gives an object that was there before back what the run changed, and leaves alone what others have written since. What
 * the server refuses to change back (an immutable ConfigMap) is made anew, where nothing else goes with the object. Throws
 * OBJECT_CHANGED when somebody writes at that moment, UNDO_INCOMPLETE when it cannot be given back.
 */
export async function giveBack(session: Session<'target'>, progress: Progress, given: Given): Promise<void> {
  const { entry, prior, found } = given;
  const { ref } = entry;
  const { target, fieldManager } = session;
  const write = { fieldManager: undoFieldManagerOf(fieldManager), signal: progress.signal };
  if (found === undefined) {
    // Gone: somebody deleted it, which is theirs, or an attempt before this one did in order to make it anew.
    if (await isBeingRemade(session, ref, progress.signal)) {
      await target.create({ resource: entry.resource, namespace: ref.namespace, body: anew(prior) }, write);
    }
    return;
  }
  const { live, resource } = found;
  const decision = decideGiveBack({ prior, live: textOf(live.bytes), fieldManager });
  switch (decision.do) {
    case 'nothing':
      return;
    case 'leave':
      if (!decision.missing) return;
      throw undoIncomplete(
        session,
        entry,
        `${decision.by} has written to it since, and fields it had before the run are missing`
      );
    case 'replace':
    case 'patch':
      try {
        if (decision.do === 'replace') {
          await target.replace({ ...ref, resource, body: decision.text }, write);
        } else {
          const contentType = 'application/json-patch+json';
          await target.patch({ ...ref, resource, patch: decision.patch }, { ...write, contentType });
        }
        return;
      } catch (error) {
        if (!isLandfallError(error, 'OBJECT_INVALID')) throw error;
        const { why = error.detail.what } = error.detail;
        if (decision.do === 'patch' || !mayBeMadeAnew(ref)) {
          throw undoIncomplete(session, entry, `the run changed it, and the server rejects changing it back: ${why}`);
        }
        await makeAnew(session, progress, { ...given, ...found });
      }
  }
}

async function makeAnew(
  session: Session<'target'>,
  progress: Progress,
  { entry, prior, live, resource }: Given & LiveObject
): Promise<void> {
  const { ref } = entry;
  const { target, fieldManager } = session;
  const { signal } = progress;
  const { uid, resourceVersion } = readHead(textOf(live.bytes), resource);
  // Remembered first: an attempt that dies between the two must not leave it deleted.
  await keepRemade(session, ref, signal);
  await target.delete({ ...ref, resource }, { uid, resourceVersion, propagation: 'Orphan', signal });
  await waitGone(progress, { cluster: target, resource, namespace: ref.namespace, name: ref.name, uid });
  await target.create(
    { resource, namespace: ref.namespace, body: anew(prior) },
    { fieldManager: undoFieldManagerOf(fieldManager), signal }
  );
}
