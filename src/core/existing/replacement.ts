import { openDocument, type Document } from '../json/document.ts';
import { escapeSegment, parsePointer } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';
import { normalisation } from '../verify/normalisation.ts';
import { addAt } from './desired-on-existing.ts';

/** Rules whose values a PUT does not carry: the server writes them, or another request does. */
const notCarried: ReadonlySet<string> = new Set(['server-field', 'status', 'owner', 'finalizer']);

/**
 * The body of a PUT that makes a live object what is desired: with its resourceVersion and uid (custom resources and
 * definitions are refused without one, and a successor of the same name is not overwritten), its owners, its finalizers
 * and what the target filled in where nothing was desired (the table `normalisation`): a claim's volume, a Job's selector.
 */
export function replacementOf(desired: string, live: string, ref: Pick<ObjectRef, 'group' | 'kind'>): string {
  const document = openDocument(desired);
  const there = openDocument(live);
  for (const path of ['/metadata/resourceVersion', '/metadata/uid', '/metadata/ownerReferences']) {
    const value = there.read(path);
    if (value !== undefined) addAt(document, path, value);
  }
  keepFinalizers(document, there);
  const kind = `${ref.group}/${ref.kind}`;
  for (const row of normalisation) {
    if (notCarried.has(row.rule) || (row.kind !== '*' && row.kind !== kind)) continue;
    for (const path of pathsOf(there, document, parsePointer(row.path))) {
      if (!document.has(path)) addAt(document, path, there.read(path) ?? null);
    }
  }
  return document.text();
}

/** A PUT without a finalizer takes it away from the controller that waits for it. */
function keepFinalizers(document: Document, live: Document): void {
  const path = '/metadata/finalizers';
  const there = listAt(live, path);
  if (there.length === 0) return;
  const added = listAt(document, path).filter((name) => !there.includes(name));
  addAt(document, path, [...there, ...added]);
}

/** The places of a live object that a pattern with `*` names, as far as the desired one has the same item there. */
function pathsOf(live: Document, desired: Document, segments: readonly string[]): readonly string[] {
  let paths: readonly string[] = [''];
  for (const segment of segments) {
    paths = paths.flatMap((path) =>
      segment === '*'
        ? live
            .children(path)
            .map((child) => `${path}/${escapeSegment(child)}`)
            .filter((item) => isSameItem(live.read(item), desired.read(item)))
        : [`${path}/${escapeSegment(segment)}`]
    );
  }
  return paths.filter((path) => live.has(path));
}

function isSameItem(live: JsonValue | undefined, desired: JsonValue | undefined): boolean {
  return (
    isJsonObject(live) && isJsonObject(desired) && live['name'] === desired['name'] && live['port'] === desired['port']
  );
}

function listAt(document: Document, path: string): readonly JsonValue[] {
  const value = document.read(path);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
