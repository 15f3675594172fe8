import { formatPointer } from '../../json/pointer.ts';
import type { JsonValue } from '../../json/value.ts';
import { limits } from '../../limits.ts';
import type { Rule, TransformNote } from '../rule.ts';

const id = 'namespace-names';

/**
 * DNS names such as `db.shop.svc` stand in values whose meaning only the application knows (a password may contain
 * one). They are told, never rewritten. Secret data is base64 and is not looked into.
 */
export const namespaceNames: Rule = {
  id,
  describe: 'Tells where values name a Service of a mapped namespace; a person decides what to do.',
  appliesTo: () => true,
  apply: () => [],
  notes: ({ view }, { namespaceMapping }) => {
    const mapped = Object.keys(namespaceMapping).filter((name) => namespaceMapping[name] !== name);
    if (mapped.length === 0) return [];
    const text = view.text();
    const named = mapped.filter((name) => text.includes(`.${name}.svc`));
    if (named.length === 0) return [];
    const notes: TransformNote[] = [];
    for (const name of named) collect(view.read('') ?? null, [], name, notes);
    return notes.slice(0, limits.notesMax);
  },
};

function collect(value: JsonValue, path: readonly (string | number)[], name: string, notes: TransformNote[]): void {
  if (typeof value === 'string') {
    if (!containsHost(value, name)) return;
    notes.push({ rule: id, path: formatPointer(path), message: `it names a Service of ${name}, which is mapped` });
  } else if (Array.isArray(value)) {
    (value as readonly JsonValue[]).forEach((item, index) => collect(item, [...path, index], name, notes));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) collect(member as JsonValue, [...path, key], name, notes);
  }
}

/** `.shop.svc` at the end of a label: not within `.shop.svcx`. */
function containsHost(value: string, name: string): boolean {
  const needle = `.${name}.svc`;
  for (let at = value.indexOf(needle); at >= 0; at = value.indexOf(needle, at + 1)) {
    if (!/[a-z0-9-]/i.test(value.charAt(at + needle.length))) return true;
  }
  return false;
}
