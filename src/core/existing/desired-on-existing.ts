import { openDocument, type Document } from '../json/document.ts';
import { escapeSegment } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import type { ExistingPolicy } from '../spec/spec.ts';
import { sharingOf } from './sharing.ts';

/** Maps of metadata into which the platform, its controllers and Helm of the target write keys of their own. */
const keyMaps = ['/metadata/labels', '/metadata/annotations'] as const;
/** The copy `kubectl apply` keeps of a manifest. */
export const lastApplied = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration';
/** Lists of an account, each item known by its name. */
const namedLists = ['/secrets', '/imagePullSecrets'] as const;

/** An object of the target, and the user's policy for it. */
export interface ExistingObject {
  readonly ref: ObjectRef;
  readonly policy: ExistingPolicy;
}

/**
 * What an object that is on the target shall be, given what is desired and what is there: what a write makes of it and
 * what verification compares with. Keys the target added to shared objects are part of it; where one of them has two
 * values, `skip` means the target's. Pure and total.
 */
export function desiredOnExisting(desired: string, live: string, { ref, policy }: ExistingObject): string {
  const sharing = sharingOf(ref);
  if (sharing === 'definition') return live;
  if (sharing === 'own') return desired;
  const document = openDocument(desired);
  const there = openDocument(live);
  const prefersLive = sharing === 'merged' && policy === 'skip';
  keepKeys(document, there, prefersLive);
  // The copy belongs to whoever applies the object there: with another one, kubectl would take away what it does not name.
  if (sharing === 'merged' && there.has(lastApplied)) addAt(document, lastApplied, there.read(lastApplied) ?? null);
  if (ref.group === '' && ref.kind === 'ServiceAccount') keepAccount(document, there, prefersLive);
  return document.text();
}

function keepKeys(document: Document, live: Document, prefersLive: boolean): void {
  for (const path of keyMaps.flatMap((map) => live.children(map).map((key) => `${map}/${escapeSegment(key)}`))) {
    if (!document.has(path)) addAt(document, path, live.read(path) ?? null);
    else if (prefersLive) document.apply([{ op: 'replace', path, value: live.read(path) }]);
  }
}

function keepAccount(document: Document, live: Document, prefersLive: boolean): void {
  for (const list of namedLists) {
    const there = itemsAt(live, list);
    if (there.length === 0) continue;
    const names = new Set(there.map(nameOf));
    // The target's order comes first: a repeated write makes the same list.
    const added = itemsAt(document, list).filter((item) => !names.has(nameOf(item)));
    document.apply([{ op: 'add', path: list, value: [...there, ...added] }]);
  }
  const flag = '/automountServiceAccountToken';
  if (live.has(flag) && (prefersLive || !document.has(flag))) {
    document.apply([{ op: 'add', path: flag, value: live.read(flag) }]);
  }
}

/** Adds a value, and the objects on the way to it that are not there. */
export function addAt(document: Document, path: string, value: JsonValue): void {
  const segments = path.split('/').slice(1);
  let parent = '';
  for (const segment of segments.slice(0, -1)) {
    parent += `/${segment}`;
    const kind = document.kind(parent);
    if (kind === undefined || kind === 'null') document.apply([{ op: 'add', path: parent, value: {} }]);
  }
  document.apply([{ op: 'add', path, value }]);
}

function itemsAt(document: Document, path: string): readonly JsonValue[] {
  const value = document.read(path);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function nameOf(item: JsonValue): string {
  return isJsonObject(item) && typeof item['name'] === 'string' ? item['name'] : JSON.stringify(item);
}
