import { podSpecPointer } from '../../graph/pod-spec.ts';
import type { PatchOperation } from '../../spec/spec.ts';
import { expandPath } from '../paths.ts';
import { change, kindKey, type Rule, type RuleObject } from '../rule.ts';

const id = 'storage-class';
const betaAnnotation = 'metadata/annotations/volume.beta.kubernetes.io~1storage-class';

/**
 * Class names are mapped where claims are written: claims, claim templates, ephemeral volumes. `''` says "no
 * provisioning" and is mapped only by a key `''`, never by `*`. An absent class is the target's default and stays
 * absent: on a stored claim it means that the source had none, in a template that the default was wanted.
 */
export const storageClass: Rule = {
  id,
  describe: 'Maps storage classes of claims, claim templates and ephemeral volumes.',
  appliesTo: (head) => kindKey(head.ref) === '/PersistentVolumeClaim' || podSpecPointer(head.ref) !== undefined,
  apply: (object, { storageClasses }) => {
    if (Object.keys(storageClasses).length === 0) return [];
    const patch: PatchOperation[] = [];
    for (const path of classPaths(object)) {
      const from = object.view.read(path);
      const to = typeof from === 'string' ? mapClass(storageClasses, from) : undefined;
      if (to !== undefined && to !== from) patch.push({ op: 'replace', path, value: to });
    }
    return change(id, 'storageClasses maps it', patch);
  },
};

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
  return patterns.flatMap((pattern) => expandPath(view, pattern));
}
