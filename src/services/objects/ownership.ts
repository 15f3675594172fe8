import { objectKey } from '../../core/resource.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import type { ObjectRef } from '../../core/resource.ts';
import { readHead } from '../../core/select/head.ts';
import { isDefaultAccount } from '../../core/existing/sharing.ts';
import { isLandfallError } from '../../core/errors.ts';
import { createNamed, nameForKey, readNamed } from '../../archive/stored.ts';
import type { Session } from '../session.ts';

/**
 * True when this run wrote the object: its field manager stands in managedFields. The server records it with the write
 * itself, so it shows also when the answer to the write was lost, and no label is left on the user's objects. A bare
 * object (a ServiceAccount of a name alone) has no fields and so no managers: it is ours when it was not there when the
 * plan was made. The account `default` is made bare in every namespace by the cluster itself, so that says nothing of it.
 */
export function isOurs(text: string, entry: Pick<DesiredObject, 'resource' | 'absent'>, fieldManager: string): boolean {
  const { ref, managers } = readHead(text, entry.resource);
  if (managers.length === 0) return entry.absent === true && !isDefaultAccount(ref);
  return managers.some(({ manager, subresource }) => manager === fieldManager && subresource === '');
}

/** Keeps an object as it was before this run changes it. The first one kept is the one that counts. */
export async function keepPrior(
  session: Session<never>,
  { ref, bytes }: { readonly ref: ObjectRef; readonly bytes: Uint8Array },
  signal: AbortSignal
): Promise<void> {
  await createNamed(session.location, { key: await priorKey(session, ref), bytes }, { signal });
}

/** The object as it was before this run changed it; undefined when the run did not. */
export async function readPrior(
  session: Session<never>,
  ref: ObjectRef,
  signal: AbortSignal
): Promise<Uint8Array | undefined> {
  try {
    return await readNamed(session.location, await priorKey(session, ref), { signal });
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}

/** Remembers that an undo deletes an object in order to make it anew as it was. */
export async function keepRemade(session: Session<never>, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  const key = await remadeKey(session, ref);
  await createNamed(session.location, { key, bytes: Buffer.from('{}\n') }, { signal });
}

/** True once `keepRemade` was called: that the object is not there is then the undo's doing. */
export async function isBeingRemade(session: Session<never>, ref: ObjectRef, signal: AbortSignal): Promise<boolean> {
  try {
    await readNamed(session.location, await remadeKey(session, ref), { signal });
    return true;
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return false;
    throw error;
  }
}

async function remadeKey({ location, runId }: Session<never>, ref: ObjectRef): Promise<string> {
  return `runs/${runId}/remade/${await nameForKey(location, objectKey(ref))}`;
}

async function priorKey({ location, runId }: Session<never>, ref: ObjectRef): Promise<string> {
  return `runs/${runId}/prior/${await nameForKey(location, objectKey(ref))}`;
}
