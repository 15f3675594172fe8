import { openDocument, type Document } from '../json/document.ts';
import { escapeSegment } from '../json/pointer.ts';
import type { JsonValue } from '../json/value.ts';

const keyMaps = ['labels', 'annotations'] as const;
const accountFields = ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'] as const;

/**
 * The merge patch that brings a shared object (a Namespace, an account) to what it shall be, and names nothing else: no
 * key that somebody writes at the same time is lost. Carries the resourceVersion the decision was made on.
 */
export function mergePatchOf(expected: string, live: string): string {
  const wanted = openDocument(expected);
  const there = openDocument(live);
  const metadata: Record<string, unknown> = { resourceVersion: there.read('/metadata/resourceVersion') };
  for (const map of keyMaps) {
    const keys = changedKeys(wanted, there, `/metadata/${map}`);
    if (keys.length > 0) metadata[map] = Object.fromEntries(keys);
  }
  const fields = accountFields.flatMap((field): (readonly [string, JsonValue | undefined])[] =>
    wanted.has(`/${field}`) && wanted.raw(`/${field}`) !== there.raw(`/${field}`)
      ? [[field, wanted.read(`/${field}`)]]
      : []
  );
  return JSON.stringify({ metadata, ...Object.fromEntries(fields) });
}

function changedKeys(wanted: Document, live: Document, map: string): (readonly [string, JsonValue | undefined])[] {
  return wanted
    .children(map)
    .map((key) => [key, wanted.read(`${map}/${escapeSegment(key)}`)] as const)
    .filter(([key, value]) => value !== live.read(`${map}/${escapeSegment(key)}`));
}
