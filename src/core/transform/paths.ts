import type { DocumentView } from '../json/document.ts';
import { escapeSegment, parsePointer } from '../json/pointer.ts';

/** The pointers in a document that a pattern names; a segment `*` is every member or item. In document order. */
export function expandPath(view: DocumentView, pattern: string): readonly string[] {
  if (!pattern.includes('*')) return view.has(pattern) ? [pattern] : [];
  let pointers: readonly string[] = [''];
  for (const segment of parsePointer(pattern)) {
    pointers = pointers.flatMap((pointer) => {
      const keys = segment === '*' ? view.children(pointer) : [segment];
      return keys.map((key) => `${pointer}/${escapeSegment(key)}`);
    });
    pointers = pointers.filter((pointer) => view.has(pointer));
    if (pointers.length === 0) return pointers;
  }
  return pointers;
}
