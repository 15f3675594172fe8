import { isBuiltInGroup } from '../../graph/groups.ts';
import { podPlaces } from '../../graph/pod-places.ts';
import { podSpecPointer } from '../../graph/pod-spec.ts';
import type { DocumentView } from '../../json/document.ts';
import { formatPointer } from '../../json/pointer.ts';
import { isJsonObject } from '../../json/value.ts';
import type { ObjectRef } from '../../resource.ts';
import { mapAccountText } from '../../select/subjects.ts';
import type { PatchOperation } from '../../spec/spec.ts';
import { expandPath } from '../paths.ts';
import type { ObjectHead } from '../../select/head.ts';
import { namespaceReferences, type NamespaceReference, type ReferenceForm } from '../references.ts';
import { change, kindKey, type Change, type Rule } from '../rule.ts';

const id = 'namespace';
type Mapping = Readonly<Record<string, string>>;

const byKind = indexReferences();

/** Maps the namespace of an object, and every reference to a mapped namespace that `namespaceReferences` knows. */
export const namespace: Rule = {
  id,
  describe: 'Maps namespaces, and every reference to them in known reference fields.',
  appliesTo: () => true,
  apply: ({ head, view }, { namespaceMapping }) => {
    if (Object.keys(namespaceMapping).length === 0) return [];
    const patch: PatchOperation[] = [];
    for (const found of namespacePointers(head, view)) patch.push(...mapReference(view, found, namespaceMapping));
    patch.push(...mapGrantedNames(head, view, namespaceMapping));
    return [...mapSelf(view, head.ref, namespaceMapping), ...change(id, 'it refers to a mapped namespace', patch)];
  },
};

/** A place of an object that names a namespace. */
interface NamespacePointer {
  readonly pointer: string;
  readonly form: ReferenceForm;
}

/** Where an object names namespaces, as far as the table knows its kind. */
export function namespacePointers(head: ObjectHead, view: DocumentView): readonly NamespacePointer[] {
  const hasAnnotations = Object.keys(head.annotations).length > 0;
  return [...referencesOf(head.ref), ...customReferences(head.ref, view)].flatMap(({ path, form }) => {
    if (!hasAnnotations && path.startsWith('/metadata/annotations/')) return [];
    return expandPath(view, path).map((pointer) => ({ pointer, form }));
  });
}

/**
 * `resourceNames` of a rule that is about namespaces and nothing else are names of namespaces. A rule that is about other
 * resources as well may mean any of them, so it stays and is reported.
 */
function mapGrantedNames(head: ObjectHead, view: DocumentView, mapping: Mapping): readonly PatchOperation[] {
  if (head.ref.group !== 'rbac.authorization.k8s.io' || !roleKinds.has(head.ref.kind)) return [];
  return expandPath(view, '/rules/*/resourceNames/*').flatMap((pointer) => {
    const value = view.read(pointer);
    const resources = view.read(pointer.replace(/resourceNames\/[0-9]+$/, 'resources'));
    if (typeof value !== 'string' || !Array.isArray(resources)) return [];
    const onlyNamespaces = resources.every((name) => /^namespaces(?:\/|$)/.test(String(name)));
    return onlyNamespaces ? replaced(pointer, value, mapNamespace(mapping, value)) : [];
  });
}

const roleKinds: ReadonlySet<string> = new Set(['Role', 'ClusterRole']);

/** The target's name of a namespace. */
export function mapNamespace(mapping: Mapping, name: string): string {
  return Object.hasOwn(mapping, name) ? (mapping[name] ?? name) : name;
}

function mapSelf(view: DocumentView, ref: ObjectRef, mapping: Mapping): readonly Change[] {
  const isNamespace = kindKey(ref) === '/Namespace';
  const from = isNamespace ? ref.name : ref.namespace;
  const to = mapNamespace(mapping, from);
  if (to === from || from === '') return [];
  const path = isNamespace ? '/metadata/name' : '/metadata/namespace';
  const patch: PatchOperation[] = view.read(path) === to ? [] : [{ op: 'add', path, value: to }];
  // The server overwrites this label on every namespace (fact 27); what is desired should say what will be.
  const label = '/metadata/labels/kubernetes.io~1metadata.name';
  if (isNamespace && view.read(label) === from) patch.push({ op: 'replace', path: label, value: to });
  return change(id, `namespaceMapping maps ${from} to ${to}`, patch);
}

function mapReference(
  view: DocumentView,
  { pointer, form }: NamespacePointer,
  mapping: Mapping
): readonly PatchOperation[] {
  if (form === 'selector') return mapSelector(view, pointer, mapping);
  const value = view.read(pointer);
  if (typeof value !== 'string') return [];
  if (form === 'account' || form === 'spiffe') return replaced(pointer, value, mapText(value, form, mapping));
  const slash = value.indexOf('/');
  const from = form === 'name' ? value : slash < 0 ? '' : value.slice(0, slash);
  const to = mapNamespace(mapping, from);
  return replaced(pointer, value, to + value.slice(from.length));
}

function mapText(value: string, form: 'account' | 'spiffe', mapping: Mapping): string {
  if (form === 'account') return mapAccountText(value, (name) => mapNamespace(mapping, name));
  return value.replace(/(\/ns\/)([a-z0-9-]+)(?=\/sa\/)/, (_, before: string, name: string) => {
    return before + mapNamespace(mapping, name);
  });
}

function replaced(path: string, from: string, to: string): readonly PatchOperation[] {
  return to === from ? [] : [{ op: 'replace', path, value: to }];
}

function mapSelector(view: DocumentView, pointer: string, mapping: Mapping): readonly PatchOperation[] {
  const patch: PatchOperation[] = [];
  const replaceName = (path: string): void => {
    const from = view.read(path);
    const to = typeof from === 'string' ? mapNamespace(mapping, from) : from;
    if (typeof to === 'string' && to !== from) patch.push({ op: 'replace', path, value: to });
  };
  const label = `${pointer}/matchLabels/kubernetes.io~1metadata.name`;
  if (view.has(label)) replaceName(label);
  for (const index of view.children(`${pointer}/matchExpressions`)) {
    const expression = `${pointer}/matchExpressions/${index}`;
    const value = view.read(expression);
    if (!isJsonObject(value) || value['key'] !== 'kubernetes.io/metadata.name') continue;
    for (const item of view.children(`${expression}/values`)) replaceName(`${expression}/values/${item}`);
  }
  return patch;
}

function referencesOf(ref: ObjectRef): readonly NamespaceReference[] {
  const key = kindKey(ref);
  const known = byKind.get(key);
  if (known !== undefined) return known;
  const rows = [...(byKind.get('*/*') ?? []), ...affinityReferences(ref)];
  byKind.set(key, rows);
  return rows;
}

function indexReferences(): Map<string, readonly NamespaceReference[]> {
  const index = new Map<string, readonly NamespaceReference[]>();
  const everywhere = namespaceReferences.filter((row) => row.group === '*');
  index.set('*/*', everywhere);
  for (const row of namespaceReferences) {
    if (row.group === '*') continue;
    const key = kindKey(row);
    index.set(key, [...(index.get(key) ?? everywhere), row]);
  }
  return index;
}

/** Terms of pod affinity name namespaces in whatever runs pods (core/v1 PodAffinityTerm). */
function affinityReferences({ group, kind }: ObjectRef): readonly NamespaceReference[] {
  const podSpec = podSpecPointer({ group, kind });
  return podSpec === undefined ? [] : termReferences({ group, kind }, `${podSpec}/affinity`);
}

/** The same wherever a custom resource has fields of a pod spec; operators also write the terms without `affinity`. */
function customReferences({ group, kind }: ObjectRef, view: DocumentView): readonly NamespaceReference[] {
  if (isBuiltInGroup(group) || !/"pod(?:Anti)?Affinity"/.test(view.text())) return [];
  return podPlaces(view.read(''), { group, kind })
    .map(({ path }) => formatPointer(path))
    .flatMap((path) => [`${path}/affinity`, path].flatMap((base) => termReferences({ group, kind }, base)));
}

function termReferences({ group, kind }: Pick<ObjectRef, 'group' | 'kind'>, base: string): NamespaceReference[] {
  return ['podAffinity', 'podAntiAffinity'].flatMap((affinity) =>
    [
      'requiredDuringSchedulingIgnoredDuringExecution/*',
      'preferredDuringSchedulingIgnoredDuringExecution/*/podAffinityTerm',
    ].flatMap((term): readonly NamespaceReference[] => {
      const path = `${base}/${affinity}/${term}`;
      return [
        { group, kind, path: `${path}/namespaces/*`, form: 'name' },
        { group, kind, path: `${path}/namespaceSelector`, form: 'selector' },
      ];
    })
  );
}
