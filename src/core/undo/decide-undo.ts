import { externalOf, isHeld, settingOperations, type External } from '../external/identify.ts';
import { storageFamilies } from '../external/table.ts';
import { isBuiltInGroup } from '../graph/groups.ts';
import { openDocument, type DocumentView } from '../json/document.ts';
import { asText, isJsonObject } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import { parseInstant } from '../run/instant.ts';
import type { PatchOperation } from '../spec/spec.ts';
import { isRun, ownFinalizers, takenOverBy, writersOf, type Writer } from './managers.ts';

/** What an undo does with an object that the run has made. */
export type UndoDecision =
  /** It is not of this run. */
  | { readonly do: 'nothing' }
  /**
   * Delete it, after these changes: finalizers only the run has set, policies by which a deletion leaves the outside alone.
   * `exactly`: only in the version that was looked at.
   */
  | { readonly do: 'delete'; readonly first: readonly PatchOperation[]; readonly exactly: boolean }
  /** It stays, and is reported; `first` makes it harmless for whoever deletes it later. */
  | { readonly do: 'leave'; readonly why: string; readonly first: readonly PatchOperation[] };

export interface UndoQuestion {
  readonly ref: ObjectRef;
  /** The object as it is now. */
  readonly text: string;
  readonly fieldManager: string;
  /** The target had no such object when the plan was made. */
  readonly absent: boolean;
}

/** Namespaces a cluster cannot do without. */
const platformNamespaces: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** Made for every namespace by the cluster or a part of it: nobody's to delete. */
const published: ReadonlySet<string> = new Set([
  '/ServiceAccount/default',
  '/ServiceAccount/builder',
  '/ServiceAccount/deployer',
  '/ConfigMap/kube-root-ca.crt',
  '/ConfigMap/openshift-service-ca.crt',
  '/ConfigMap/istio-ca-root-cert',
]);

/** True for what every cluster has by itself, whatever a run has written to it. */
export function isOfPlatform({ group, kind, namespace, name }: ObjectRef): boolean {
  if (group === '' && kind === 'Namespace') return platformNamespaces.has(name);
  return published.has(`${group}/${kind}/${name}`) || (namespace === 'default' && name === 'kubernetes');
}

/**
 * Finalizers with which a controller cleans up inside of the cluster, and with the object at that: waiting for it is right.
 * Of every other one on an object of a kind Kubernetes does not know it is unknown what its controller deletes outside.
 */
const insideFinalizers =
  /^(?:kubernetes|foregroundDeletion|orphan|(?:[a-z0-9-]+\.)?kubernetes\.io\/.*|customresourcecleanup\.apiextensions\.k8s\.io|(?:[a-z0-9.-]+\.)?cert-manager\.io(?:\/.*)?|finalizer\.keda\.sh|(?:[a-z0-9.-]+\.)?networking\.k8s\.io(?:\/.*)?|(?:[a-z0-9.-]+\.)?external-secrets\.io(?:\/.*)?|operator\.victoriametrics\.com\/.*|monitoring\.coreos\.com\/.*)$/;

/**
 * Decides what becomes of an object when its run is undone. What the run made is deleted, unless somebody else relies on it
 * by now: a person or a pipeline has written to it, or a controller may have taken over the thing outside that it stands
 * for. The API server records every writer with the write itself, so this holds also for answers nobody got.
 */
export function decideUndo({ ref, text, fieldManager, absent }: UndoQuestion): UndoDecision {
  const view = openDocument(text);
  const writers = writersOf(view.read('/metadata'));
  const isOurs =
    writers.length === 0
      ? absent
      : writers.some(({ manager, subresource }) => manager === fieldManager && subresource === '');
  if (!isOurs || isOfPlatform(ref)) return { do: 'nothing' };
  const taken = takenOverBy(writers, fieldManager);
  if (taken !== undefined) {
    return { do: 'leave', first: [], why: `${taken.manager} has written to it since the run created it` };
  }
  const finalizers = finalizersOf(view);
  const own = ownFinalizers(writers, fieldManager);
  const foreign = finalizers.filter((name) => !own.has(name));
  const first = [...withoutFinalizers(finalizers, own), ...keepStorage(ref, view)];
  const found = externalOf(ref, view);
  if (found !== undefined) return decideExternal(found, { view, writers, foreign, first, fieldManager });
  const unknown = isBuiltInGroup(ref.group) ? [] : foreign.filter((name) => !insideFinalizers.test(name));
  if (unknown.length > 0) {
    const why = `a controller has adopted it (finalizer ${unknown.join(', ')}), and what that controller deletes with the object is unknown`;
    return { do: 'leave', first: [], why };
  }
  return { do: 'delete', first, exactly: !isBuiltInGroup(ref.group) || ref.kind === 'PersistentVolume' };
}

interface Situation {
  readonly view: DocumentView;
  readonly writers: readonly Writer[];
  readonly foreign: readonly string[];
  readonly first: readonly PatchOperation[];
  readonly fieldManager: string;
}

/**
 * A controller that has written to the object may have taken over the thing outside. One it holds still, and has put no
 * finalizer on, goes without the controller doing anything. The version that was looked at is the one that is deleted, so
 * a controller that comes in between is seen.
 */
function decideExternal({ family }: External, situation: Situation): UndoDecision {
  const { view, writers, foreign, first, fieldManager } = situation;
  const others = writers.filter((writer) => !isRun(writer, fieldManager));
  const isStill = family.inert === 'paused' && isHeld(view, family) && foreign.length === 0;
  if (isStill || (others.length === 0 && foreign.length === 0)) return { do: 'delete', first, exactly: true };
  const signs = foreign.length > 0 ? `finalizer ${foreign.join(', ')}` : `written to by ${others[0]?.manager ?? ''}`;
  return {
    do: 'leave',
    // Not `first`: its own finalizers may be what a controller by now waits on.
    first: settingOperations(view, [...family.hold, ...(family.orphan ?? [])]),
    why: `it represents an external resource that ${family.name} on the target may have adopted (${signs}): deleting it could delete that resource as well`,
  };
}

function finalizersOf(view: DocumentView): readonly string[] {
  const names = view.read('/metadata/finalizers');
  return Array.isArray(names) ? (names as readonly unknown[]).filter((name) => typeof name === 'string') : [];
}

/** Finalizers that only the run has set: with them the object would wait for a controller that may not be there. */
function withoutFinalizers(names: readonly string[], own: ReadonlySet<string>): readonly PatchOperation[] {
  const isKept = (name: string): boolean => !own.has(name) || /^(?:kubernetes$|kubernetes\.io\/)/.test(name);
  const kept = names.filter(isKept);
  if (kept.length === names.length) return [];
  return kept.length === 0
    ? [{ op: 'remove', path: '/metadata/finalizers' }]
    : [{ op: 'replace', path: '/metadata/finalizers', value: kept }];
}

/** What is behind a volume or a snapshot was there before the run: the object goes, the data stays. */
function keepStorage(ref: ObjectRef, view: DocumentView): readonly PatchOperation[] {
  const family = storageFamilies.find(({ kinds }) => kinds?.test(`${ref.group}/${ref.kind}`) === true);
  return family === undefined ? [] : settingOperations(view, family.hold);
}

/**
 * Why deleting a claim would delete a volume that was there before it; '' when it would not. A volume made for the claim
 * is younger than the claim.
 */
export function olderVolume(claim: DocumentView, volume: DocumentView): string {
  if (volume.read('/spec/persistentVolumeReclaimPolicy') === 'Retain') return '';
  const [made, claimed] = [volume, claim].map((one) => parseInstant(asText(one.read('/metadata/creationTimestamp'))));
  const isBound = isJsonObject(volume.read('/spec/claimRef'));
  if (!isBound || made === undefined || claimed === undefined || !(made < claimed)) return '';
  return `it is bound to PersistentVolume ${asText(volume.read('/metadata/name'))}, which existed before and would be deleted with it`;
}
