import { escapeSegment } from '../../json/pointer.ts';
import { change, kindKey, removals, type Rule } from '../rule.ts';

const id = 'default-class';

/**
 * Where a kind of class says that it is the one for everybody who names none. There is one default in a cluster (a
 * second PriorityClass is refused with 403), and it is the platform's decision: objects of every tenant follow it.
 */
const defaultMarks: Readonly<Record<string, readonly string[]>> = {
  'scheduling.k8s.io/PriorityClass': ['/globalDefault'],
  'networking.k8s.io/IngressClass': [annotation('ingressclass.kubernetes.io/is-default-class')],
  'storage.k8s.io/StorageClass': [
    annotation('storageclass.kubernetes.io/is-default-class'),
    annotation('storageclass.beta.kubernetes.io/is-default-class'),
    annotation('storageclass.kubevirt.io/is-default-virt-class'),
  ],
  'snapshot.storage.k8s.io/VolumeSnapshotClass': [annotation('snapshot.storage.kubernetes.io/is-default-class')],
};

/** Classes travel without being the default of the target. */
export const defaultClass: Rule = {
  id,
  describe: 'Removes the default-class annotation: the target keeps its own default class.',
  appliesTo: (head) => Object.hasOwn(defaultMarks, kindKey(head.ref)),
  apply: ({ head, view }) => {
    const marks = (defaultMarks[kindKey(head.ref)] ?? []).filter((path) => {
      const value = view.read(path);
      return value === true || value === 'true';
    });
    return change(
      id,
      'it was the default class of the source; the target decides its own default class',
      removals(view, marks)
    );
  },
};

function annotation(name: string): string {
  return `/metadata/annotations/${escapeSegment(name)}`;
}
