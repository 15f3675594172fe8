import { isLandfallError } from '../../core/errors.ts';
import { openDocument } from '../../core/json/document.ts';
import { asText, isJsonObject } from '../../core/json/value.ts';
import { describeRef, parseApiVersion } from '../../core/resource.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import { readHead } from '../../core/select/head.ts';
import type { OwnerReference } from '../../core/select/head.ts';
import { decideUndo, olderVolume } from '../../core/undo/decide-undo.ts';
import { adoptersOf, madeBySomebody, writersOf } from '../../core/undo/managers.ts';
import { listServed } from '../objects/list-served.ts';
import { textOf } from '../objects/text.ts';
import type { Session } from '../session.ts';
import { applicationLists } from '../objects/application-lists.ts';

const ownersMax = 5;
const volumes: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', namespaced: false },
  ...{ verbs: ['get'], subresources: [] },
};

/**
 * Why an object that the run made has to stay, beyond what it says itself: what would go with it is somebody else's. A
 * namespace takes its content along, a definition all objects of its kind, a claim the volume it is bound to; a controller
 * that was there before may have adopted the object. '' when nothing would.
 */
export async function stillUsed(
  session: Session<'target'>,
  { ref, text }: { readonly ref: ObjectRef; readonly text: string },
  signal: AbortSignal
): Promise<string> {
  const key = `${ref.group}/${ref.kind}`;
  if (key === '/Namespace') return contentOf(session, ref.name, signal);
  if (key === 'apiextensions.k8s.io/CustomResourceDefinition') return instancesOf(session, text, signal);
  const why = key === '/PersistentVolumeClaim' ? await olderVolumeOf(session, text, signal) : '';
  return why === '' ? adopterOf(session, { ref, text }, signal) : why;
}

/** The first object of a namespace that is not the run's and not a consequence of what is the run's. */
async function contentOf(session: Session<'target'>, namespace: string, signal: AbortSignal): Promise<string> {
  const { target, fieldManager } = session;
  const { lists, isApplication } = await applicationLists(session, target, { namespaces: [namespace], signal });
  for (const { resource } of lists) {
    for await (const page of listServed(target, resource, { namespace, signal })) {
      for (const item of page.items) {
        const text = textOf(item);
        const head = readHead(text, resource);
        if (head.deletionTimestamp !== '' || !isApplication({ head, text, resource })) continue;
        const decision = decideUndo({ ref: head.ref, text, fieldManager, absent: false });
        const subject = describeRef(head.ref);
        if (decision.do === 'leave') return `${subject} in it is kept: ${decision.why}`;
        if (decision.do === 'delete') continue;
        const by = madeBySomebody(writersOf(openDocument(text).read('/metadata')), fieldManager);
        if (by !== '') return `${subject} in it belongs to ${by}, and would be deleted with it`;
      }
    }
  }
  return '';
}

async function instancesOf(session: Session<'target'>, text: string, signal: AbortSignal): Promise<string> {
  const view = openDocument(text);
  const versions = view.read('/spec/versions');
  const served = (Array.isArray(versions) ? (versions as readonly unknown[]) : []).find(
    (version) => isJsonObject(version) && version['served'] === true
  );
  const resource: ApiResource = {
    group: asText(view.read('/spec/group')),
    version: asText((served as { readonly name?: unknown } | undefined)?.name),
    kind: asText(view.read('/spec/names/kind')),
    plural: asText(view.read('/spec/names/plural')),
    ...{ namespaced: view.read('/spec/scope') === 'Namespaced', verbs: ['list'], subresources: [] },
  };
  for await (const page of listServed(session.target, resource, { signal })) {
    for (const item of page.items) {
      const head = readHead(textOf(item), resource);
      if (head.deletionTimestamp === '') return `${describeRef(head.ref)} has this kind, and would be deleted with it`;
    }
  }
  return '';
}

async function olderVolumeOf({ target }: Session<'target'>, text: string, signal: AbortSignal): Promise<string> {
  const claim = openDocument(text);
  const name = claim.read('/spec/volumeName');
  if (typeof name !== 'string' || name === '') return '';
  const volume = await target.get({ resource: volumes, namespace: '', name }, { signal });
  return volume === undefined ? '' : olderVolume(claim, openDocument(textOf(volume.bytes)));
}

/** A controller's object that is neither the run's nor owned by one that is. */
async function adopterOf(
  session: Session<'target'>,
  { ref, text }: { readonly ref: ObjectRef; readonly text: string },
  signal: AbortSignal
): Promise<string> {
  const adopters = adoptersOf(writersOf(openDocument(text).read('/metadata')), session.fieldManager);
  if (adopters.size === 0) return '';
  const resources = (await session.target.discover({ signal })).resources;
  let owners: readonly OwnerReference[] = readHead(text, ofRef(ref)).ownerReferences.filter(({ uid }) =>
    adopters.has(uid)
  );
  let first = '';
  for (let step = 0; step < ownersMax && owners.length > 0; step += 1) {
    const [owner] = owners;
    if (owner === undefined) return '';
    const { group } = parseApiVersion(owner.apiVersion);
    const resource = resources.find((one) => one.group === group && one.kind === owner.kind);
    if (resource === undefined) return '';
    const live = await session.target
      .get({ resource, namespace: resource.namespaced ? ref.namespace : '', name: owner.name }, { signal })
      .catch(absentWhenUnserved);
    if (live === undefined) return '';
    const head = readHead(textOf(live.bytes), resource);
    if (head.uid !== owner.uid || head.deletionTimestamp !== '') return '';
    if (head.managers.some(({ manager, subresource }) => manager === session.fieldManager && subresource === ''))
      return '';
    first = first === '' ? `${describeRef(head.ref)} has adopted it, and was not created by this run` : first;
    owners = head.ownerReferences.filter(({ controller }) => controller);
  }
  return first;
}

function absentWhenUnserved(error: unknown): undefined {
  if (isLandfallError(error, 'KIND_NOT_SERVED')) return undefined;
  throw error;
}

function ofRef({ group, kind, namespace }: ObjectRef): ApiResource {
  return { group, kind, version: '', plural: '', namespaced: namespace !== '', verbs: [], subresources: [] };
}
