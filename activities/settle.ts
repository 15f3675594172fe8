import { objectKey } from '../src/core/resource.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { Discovery } from '../src/ports/cluster.ts';
import { readHead } from '../src/core/select/head.ts';
import type { OwnerLink } from '../src/core/transform/rule.ts';
import { servedOwner } from '../src/core/transform/served-owner.ts';
import { isOurs, readPrior } from '../src/services/objects/ownership.ts';
import { readBatch } from '../src/services/planning/desired-batch.ts';
import type { TransformedObject } from '../src/services/planning/desired-batch.ts';
import { textOf } from '../src/services/objects/text.ts';
import { transformContext } from '../src/services/planning/transform-context.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

interface Settling {
  readonly session: Session<'target'>;
  readonly signal: AbortSignal;
  /** Asks the target once, however often it is called. */
  discover(): Promise<Discovery>;
}

/**
 * The last touch on objects this run made: owners that live now are set with their new uid (a dead uid would have the
 * object collected within seconds, api-server-facts 3), and what had to wait for everything else, such as the
 * pod-security labels of a namespace, is put on. Objects that were there before are left alone. Idempotent.
 */
export async function settleBatch(session: Session<'target'>, progress: Progress, batch: StoredRef): Promise<void> {
  let done = 0;
  let discovery: Promise<Discovery> | undefined;
  const { signal } = progress;
  const discover = (): Promise<Discovery> => (discovery ??= session.target.discover({ signal }));
  const settling: Settling = { session, signal, discover };
  progress.update({ unit: 'objects', done, note: 'owner references and deferred labels' });
  for await (const object of readBatch(session, batch, {
    context: transformContext(session.spec, []),
    signal,
  })) {
    await settleObject(settling, object);
    progress.update({ done: ++done });
  }
}

async function settleObject(settling: Settling, { entry, outcome }: TransformedObject): Promise<void> {
  const { session, signal } = settling;
  const { target, fieldManager } = session;
  const { ref, resource } = entry;
  const live = await target.get({ ...ref, resource }, { signal });
  if (live === undefined) return;
  // An update that only took fields away leaves no manager behind; what was kept of the object shows it.
  const existed = (await readPrior(session, ref, signal)) !== undefined;
  if (!existed && !isOurs(textOf(live.bytes), entry, fieldManager)) return;
  const owners = outcome.owners.length === 0 ? [] : await liveOwners(settling, outcome.owners);
  const patch = [
    // An object that was there got them with everything else, as far as the policy wanted them there.
    ...(existed ? [] : outcome.deferred.flatMap((change) => change.patch)),
    ...(owners.length === 0 ? [] : [{ op: 'add' as const, path: '/metadata/ownerReferences', value: owners }]),
  ];
  if (patch.length === 0) return;
  await target.patch(
    { ...ref, resource, patch: JSON.stringify(patch) },
    { fieldManager, contentType: 'application/json-patch+json', signal }
  );
}

async function liveOwners({ session, signal, discover }: Settling, links: readonly OwnerLink[]): Promise<object[]> {
  const { resources } = await discover();
  const owners = new Map<string, object>();
  for (const link of links) {
    const { owner, controller, blockOwnerDeletion } = link;
    const served = servedOwner(link, resources);
    if (served === undefined) continue;
    const live = await session.target.get(
      { resource: served.resource, namespace: owner.namespace, name: owner.name },
      { signal }
    );
    if (live === undefined) continue;
    const { uid } = readHead(textOf(live.bytes), served.resource);
    const { kind, name } = owner;
    owners.set(objectKey(owner), {
      apiVersion: served.apiVersion,
      kind,
      name,
      uid,
      ...(controller ? { controller } : {}),
      ...(blockOwnerDeletion ? { blockOwnerDeletion } : {}),
    });
  }
  return [...owners.values()];
}
