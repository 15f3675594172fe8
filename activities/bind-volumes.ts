import type { IndexEntry } from '../src/archive/entry.ts';
import { readObjects } from '../src/archive/read-objects.ts';
import { LandfallError } from '../src/core/errors.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import { readHead } from '../src/core/select/head.ts';
import { transformObject } from '../src/core/transform/transform-object.ts';
import { volumeNames } from '../src/core/volumes/names.ts';
import { releaseVolume, bindVolume } from '../src/movers/snapshot/bind-volume.ts';
import type { BindContext } from '../src/movers/snapshot/bound-volume.ts';
import { unbindVolume as undoOne } from '../src/movers/snapshot/unbind-volume.ts';
import { textOf } from '../src/services/objects/text.ts';
import { transformContext } from '../src/services/planning/transform-context.ts';
import { translated } from '../src/services/planning/translation.ts';
import type { VolumeContext } from '../src/movers/snapshot/objects.ts';
import type { ClaimMove } from '../src/core/volumes/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { eachClaim } from '../src/services/volumes/each-claim.ts';

type Entry = DesiredObject<IndexEntry>;

/** Gives filled volumes to the application's claims, before anything that mounts them is made. Idempotent. */
export async function bindVolumes(
  session: Session<'target'>,
  progress: Progress,
  request: { readonly claims: readonly ClaimMove[]; readonly entries: readonly Entry[] }
): Promise<void> {
  let done = 0;
  const { entries } = request;
  const { signal } = progress;
  progress.update({ unit: 'claims', done, total: request.claims.length, note: 'bind claim' });
  await eachClaim(session, { progress, cluster: session.target, claims: request.claims }, async (claim, context) => {
    const names = volumeNames(session.runId, claim.namespace, claim.name);
    // A pod that has ended still protects the claim it mounted: the Job goes first (api-server-facts 7).
    await session.mover.remove({ cluster: 'target', jobName: names.downloadJob });
    const applicationClaim = await desiredClaim(session, claim, { entries, signal });
    const policy = claim.reclaimPolicy === undefined ? {} : { reclaimPolicy: claim.reclaimPolicy };
    await bindVolume({ ...bindContext(session, context, claim), applicationClaim, ...policy });
    progress.update({ done: ++done });
  });
}

/** Takes bound volumes back and deletes them, unless somebody uses them. Idempotent. */
export async function unbindVolumes(
  session: Session<'target'>,
  progress: Progress,
  claims: readonly ClaimMove[]
): Promise<void> {
  await eachClaim(session, { progress, cluster: session.target, claims }, (claim, context) =>
    undoOne(bindContext(session, context, claim))
  );
}

/** Takes the run's marks off bound volumes: from now on they are the application's alone. Idempotent. */
export async function releaseVolumes(
  session: Session<'target'>,
  progress: Progress,
  claims: readonly ClaimMove[]
): Promise<void> {
  await eachClaim(session, { progress, cluster: session.target, claims }, (claim, context) =>
    releaseVolume(bindContext(session, context, claim))
  );
}

function bindContext(session: Session<never>, context: VolumeContext, claim: ClaimMove): BindContext {
  return {
    ...context,
    landfallNamespace: session.spec.landfallNamespace,
    temporaryClaim: volumeNames(session.runId, claim.namespace, claim.name).targetClaim,
    application: { namespace: claim.targetNamespace, name: claim.name },
  };
}

/** The application's claim as the plan means it. */
async function desiredClaim(
  session: Session<never>,
  claim: ClaimMove,
  { entries, signal }: { readonly entries: readonly Entry[]; readonly signal: AbortSignal }
): Promise<string> {
  const planned = entries.find(({ ref }) => ref.namespace === claim.targetNamespace && ref.name === claim.name);
  if (planned === undefined) {
    throw new LandfallError('INTERNAL', { what: `the plan has no claim ${claim.targetNamespace}/${claim.name}` });
  }
  for await (const { bytes } of readObjects(session.location, [planned.entry], { signal })) {
    const text = textOf(bytes);
    const head = readHead(text, planned.resource);
    const context = await translated(session, transformContext(session.spec, []));
    const { keptFinalizers = [] } = planned;
    return transformObject({ head, text, resource: planned.resource }, { ...context, keptFinalizers }).text;
  }
  throw new LandfallError('STORED_OBJECT_MISSING', { what: `claim ${claim.namespace}/${claim.name} was not captured` });
}
