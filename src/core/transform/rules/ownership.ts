import type { PatchOperation } from '../../spec/spec.ts';
import { change, removals, type Rule } from '../rule.ts';

const id = 'ownership';

/** Marks of a deletion under way, or of a cloud controller that the target may not have and that adds its own. */
const foreignFinalizers: ReadonlySet<string> = new Set([
  'foregroundDeletion',
  'orphan',
  'service.kubernetes.io/load-balancer-cleanup',
  'batch.kubernetes.io/job-tracking',
]);

/**
 * An owner reference names a uid of the source. On the target the garbage collector deletes such an object within
 * seconds (fact 3), so all are removed; `TransformOutcome.owners` says which to set again with new uids.
 */
export const ownership: Rule = {
  id,
  describe:
    'Removes owner references, whose UIDs have no meaning on the target, and finalizers of the source’s controllers.',
  appliesTo: (head) => head.ownerReferences.length > 0 || head.finalizers.some((name) => foreignFinalizers.has(name)),
  apply: ({ head, view }) => {
    const finalizers: PatchOperation[] = [];
    head.finalizers.forEach((name, index) => {
      const path = `/metadata/finalizers/${index}`;
      // From the end to the front, so that the indices of those still to be removed stay true.
      if (foreignFinalizers.has(name) && view.read(path) === name) finalizers.unshift({ op: 'remove', path });
    });
    return [
      ...change(id, 'the uid of the owner is one of the source', removals(view, ['/metadata/ownerReferences'])),
      ...change(id, 'a controller of the source owns it; the target’s controller adds its own', finalizers),
    ];
  },
};
