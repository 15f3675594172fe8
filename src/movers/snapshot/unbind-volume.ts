import { setTimeout as sleep } from 'node:timers/promises';
import { isLandfallError, LandfallError } from '../../core/errors.ts';
import { fieldManagerOf, runLabel } from '../../core/identity/names.ts';
import { patchVolume } from './bind-volume.ts';
import {
  findHandedVolume,
  originalPolicyAnnotation,
  temporaryClaimAnnotation,
  temporaryUidAnnotation,
  type BindContext,
} from './bound-volume.ts';
import { isProvisioned, usesClaim, type StoredClaim, type StoredPod, type StoredVolume } from './kinds.ts';
import { addressOf, listAll, merge, read, removeAndWait, waitGone } from './objects.ts';
import { claims, pods, volumes } from './resources.ts';
import { removeTemporaryClaim } from './temporary-claim.ts';

const triesMax = 10;

/**
 * Unbinds a volume at whatever point binding it stopped, and deletes the volume with its data, before the commit. Never
 * touches a volume in use: an application's claim that this run did not write, or that a pod uses, is a conflict, and
 * nothing is changed. Idempotent. Waits until the volume is gone.
 */
export async function unbindVolume(context: BindContext): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await undoOnce(context);
    } catch (error) {
      // The PV controller writes the phase at its own time: what was read is then old, and everything is decided anew.
      if (!isLandfallError(error, 'OBJECT_INVALID', 'OBJECT_CHANGED') || tries === triesMax) throw error;
    }
  }
}

async function undoOnce(context: BindContext): Promise<void> {
  const volume = await findHandedVolume(context);
  const { namespace, name } = context.application;
  if (volume !== undefined) {
    const claim = await read<StoredClaim>(context, { resource: claims, namespace, name });
    if (claim?.spec.volumeName === volume.metadata.name) await removeApplicationClaim(context, claim, volume);
    else await removeUnclaimed(context, volume);
  }
  await removeTemporaryClaim({ ...context, claimName: context.temporaryClaim });
}

async function removeApplicationClaim(context: BindContext, claim: StoredClaim, volume: StoredVolume): Promise<void> {
  const { namespace, name } = context.application;
  const ref = `PersistentVolumeClaim ${namespace}/${name}`;
  const writers = (claim.metadata.managedFields ?? []).map(({ manager }) => manager);
  if (!writers.includes(fieldManagerOf(context.runId))) {
    throw new LandfallError('OBJECT_CONFLICT', { what: `${ref} does not belong to this run: its volume is kept`, ref });
  }
  const user = await lastUser(context, namespace, name);
  if (user !== undefined) {
    throw new LandfallError('OBJECT_CONFLICT', {
      what: `${ref} is used by Pod ${namespace}/${user.metadata.name}: its volume is kept`,
      fix: 'stop the pods that use the claim, then cancel again',
      ref,
    });
  }
  const made = isProvisioned(volume);
  const policy = made ? 'Delete' : 'Retain';
  await merge(context, addressOf(volumes, volume.metadata), { spec: { persistentVolumeReclaimPolicy: policy } });
  await removeAndWait(context, { resource: claims, object: claim }, 'a pod may still use it');
  if (!made) return forget(context, volume);
  await waitGone(context, { resource: volumes, object: volume }, 'the provisioner deletes the volume behind it');
}

/** Takes the run's marks off a volume that was there before it. */
async function forget(context: BindContext, volume: StoredVolume): Promise<void> {
  const names = [originalPolicyAnnotation, temporaryClaimAnnotation, temporaryUidAnnotation];
  await merge(context, addressOf(volumes, volume.metadata), {
    metadata: {
      labels: { [runLabel]: null },
      annotations: Object.fromEntries(names.map((name) => [name, null])),
    },
  });
}

/** Owners that were deleted a moment ago take their pods with them: the garbage collector needs some seconds to mark them. */
const collectedMs = 30_000;
const probeEveryMs = 1_000;

/** A pod that goes on using a claim: those that are on their way out, or may follow their owner, are waited for. */
async function lastUser(context: BindContext, namespace: string, claim: string): Promise<StoredPod | undefined> {
  const startMs = Date.now();
  for (;;) {
    const users = (await listAll<StoredPod>(context, pods, { namespace })).filter((pod) => usesClaim(pod, claim));
    const staying = users.find(({ metadata }) => metadata.deletionTimestamp === undefined);
    const waitedMs = Date.now() - startMs;
    const [user] = users;
    if (user === undefined) return undefined;
    const isOwned = (staying?.metadata.ownerReferences ?? []).length > 0;
    if (waitedMs >= (staying === undefined ? context.timeoutMs : isOwned ? collectedMs : 0)) return staying ?? user;
    context.onTick?.(`Pod ${namespace}/${(staying ?? user).metadata.name} still uses PersistentVolumeClaim ${claim}`);
    await sleep(probeEveryMs, undefined, context.signal === undefined ? {} : { signal: context.signal });
  }
}

/**
 * Deletes a volume that no claim holds. A PV that is reserved for a claim that never came counts as Available and would
 * stay; named by the dead temporary claim's uid it is Released, and with Delete the provisioner takes it away
 * (api-server-facts 1, here on purpose). The test on resourceVersion refuses when anything has bound it meanwhile.
 */
async function removeUnclaimed(context: BindContext, volume: StoredVolume): Promise<void> {
  const temporary = await read<StoredClaim>(context, {
    resource: claims,
    namespace: context.landfallNamespace,
    name: context.temporaryClaim,
  });
  // Still bound to the temporary claim: removing that one, next, removes the volume.
  if (temporary !== undefined && volume.spec.claimRef?.uid === temporary.metadata.uid) return;
  const uid = volume.metadata.annotations?.[temporaryUidAnnotation];
  const claimRef = {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: context.landfallNamespace },
    name: context.temporaryClaim,
    ...(uid === undefined ? {} : { uid }),
  };
  // A volume that was there before stays as it is, with what is on it.
  if (!isProvisioned(volume)) return forget(context, volume);
  if (volume.metadata.deletionTimestamp === undefined) {
    await patchVolume(context, volume.metadata.name, [
      { op: 'test', path: '/metadata/resourceVersion', value: volume.metadata.resourceVersion },
      { op: 'add', path: '/spec/claimRef', value: claimRef },
      { op: 'replace', path: '/spec/persistentVolumeReclaimPolicy', value: 'Delete' },
    ]);
  }
  await waitGone(context, { resource: volumes, object: volume }, 'the provisioner deletes the volume behind it');
}
