import { isBuiltInGroup } from '../../graph/groups.ts';
import { podPlaces } from '../../graph/pod-places.ts';
import { podSpecPointer } from '../../graph/pod-spec.ts';
import { escapeSegment, formatPointer } from '../../json/pointer.ts';
import type { PatchOperation } from '../../spec/spec.ts';
import { expandPath } from '../paths.ts';
import { change, kindKey, type Rule, type RuleObject, type RuleOutcome, type TransformNote } from '../rule.ts';

const id = 'storage-class';
const betaAnnotation = 'metadata/annotations/volume.beta.kubernetes.io~1storage-class';

/**
 * Class names are mapped where claims are written: claims, claim templates, ephemeral volumes. `''` says "no
 * provisioning" and is mapped only by a key `''`, never by `*`. An absent class is the target's default and stays
 * absent: on a stored claim it means that the source had none, in a template that the default was wanted.
 */
export const storageClass: Rule = {
  id,
  describe: 'Maps storage classes of claims, claim templates, ephemeral volumes and keys of quotas.',
  appliesTo: (head) =>
    appliesToKinds.has(kindKey(head.ref)) || podSpecPointer(head.ref) !== undefined || !isBuiltInGroup(head.ref.group),
  apply: (object, { storageClasses }) => {
    if (Object.keys(storageClasses).length === 0) return [];
    if (kindKey(object.head.ref) === '/ResourceQuota') return mapQuota(object, storageClasses);
    const patch: PatchOperation[] = [];
    for (const path of classPaths(object)) {
      const from = object.view.read(path);
      const to = typeof from === 'string' ? mapClass(storageClasses, from) : undefined;
      if (to !== undefined && to !== from) patch.push({ op: 'replace', path, value: to });
    }
    return change(id, 'storageClasses maps it', patch);
  },
};

const appliesToKinds: ReadonlySet<string> = new Set(['/PersistentVolumeClaim', '/ResourceQuota']);
/** What a quota counts of one class has the class in its key (core/v1 ResourceQuota, "storage class"). */
const quotaKey = /^(.+)\.storageclass\.storage\.k8s\.io(\/.+)$/;

/** Keys of two classes that become one are left: nothing shows which of the two bounds is intended. */
function mapQuota({ view }: RuleObject, storageClasses: Readonly<Record<string, string>>): RuleOutcome {
  const keys = view.children('/spec/hard');
  const renamed = new Map(
    keys.map((key) => {
      const [, name = '', counted = ''] = quotaKey.exec(key) ?? [];
      const to = name === '' ? undefined : mapClass(storageClasses, name);
      return [key, to === undefined ? key : `${to}.storageclass.storage.k8s.io${counted}`];
    })
  );
  const patch: PatchOperation[] = [];
  const notes: TransformNote[] = [];
  for (const [from, to] of renamed) {
    if (from === to) continue;
    const path = `/spec/hard/${escapeSegment(from)}`;
    if ([...renamed.values()].filter((other) => other === to).length > 1) {
      const message = `two quota keys would map to the same class (${to}); this key is kept as it was and limits nothing`;
      const remedy = 'set the limit of the class on the target with a transform';
      notes.push({ rule: id, path, message, code: 'REFERENCE_UNCHANGED', remedy });
      continue;
    }
    patch.push({ op: 'move', from: path, path: `/spec/hard/${escapeSegment(to)}` });
  }
  return { changes: change(id, 'storageClasses maps it', patch), notes, additional: [] };
}

/** The target class of a source class; undefined when nothing maps it. */
function mapClass(mapping: Readonly<Record<string, string>>, name: string): string | undefined {
  if (Object.hasOwn(mapping, name)) return mapping[name];
  return name !== '' && Object.hasOwn(mapping, '*') ? mapping['*'] : undefined;
}

function classPaths({ head, view }: RuleObject): readonly string[] {
  const key = kindKey(head.ref);
  const patterns: string[] = [];
  if (key === '/PersistentVolumeClaim') patterns.push('/spec/storageClassName', `/${betaAnnotation}`);
  if (key === 'apps/StatefulSet') {
    patterns.push(
      '/spec/volumeClaimTemplates/*/spec/storageClassName',
      `/spec/volumeClaimTemplates/*/${betaAnnotation}`
    );
  }
  const podSpec = podSpecPointer(head.ref);
  if (podSpec !== undefined) patterns.push(`${podSpec}/volumes/*/ephemeral/volumeClaimTemplate/spec/storageClassName`);
  for (const path of customSpecs(head.ref, view))
    patterns.push(`${path}/volumes/*/ephemeral/volumeClaimTemplate/spec/storageClassName`);
  return patterns.flatMap((pattern) => expandPath(view, pattern));
}

/** Pod specs in a custom resource. A class that an operator reads under a word of its own is judged by the checks. */
function customSpecs(ref: RuleObject['head']['ref'], view: RuleObject['view']): readonly string[] {
  if (isBuiltInGroup(ref.group) || !view.text().includes('"ephemeral"')) return [];
  return podPlaces(view.read(''), ref).map(({ path }) => formatPointer(path));
}
