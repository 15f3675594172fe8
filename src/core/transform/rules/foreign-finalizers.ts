import type { PatchOperation } from '../../spec/spec.ts';
import { finalizerFate, isServedFinalizer } from '../finalizers.ts';
import { change, type Rule, type TransformContext } from '../rule.ts';

const id = 'foreign-finalizers';

/**
 * A deleted object stays until its last finalizer is taken away, so one whose controller the target does not have makes an
 * object, and the namespace around it, that can never be deleted.
 */
export const foreignFinalizers: Rule = {
  id,
  describe:
    'Removes finalizers of controllers that the target does not have, and finalizers that a controller sets again by itself.',
  appliesTo: (head) => head.finalizers.length > 0,
  apply: ({ view }, context) => {
    const present = view.read('/metadata/finalizers');
    if (!Array.isArray(present)) return [];
    const dropped = (present as readonly unknown[]).flatMap((name, index) =>
      typeof name === 'string' && finalizerFate(name, servedBy(context)) === 'dropped' ? [{ name, index }] : []
    );
    const whole: PatchOperation[] = [{ op: 'remove', path: '/metadata/finalizers' }];
    const each = dropped.map(({ index }): PatchOperation => ({ op: 'remove', path: `/metadata/finalizers/${index}` }));
    const names = dropped.map(({ name }) => name).join(', ');
    const reason = `no controller on the target is known to remove it, or its controller sets it again: ${names}`;
    return change(id, reason, dropped.length === present.length ? whole.slice(0, dropped.length) : each.toReversed());
  },
};

/** When an object is made again from the plan nobody asks the target: the plan says which of them travel. */
function servedBy({ targetResources, keptFinalizers }: TransformContext): (name: string) => boolean {
  if (keptFinalizers !== undefined) return (name) => keptFinalizers.includes(name);
  const groups = new Set(targetResources.map(({ group }) => group));
  return (name) => isServedFinalizer(name, groups);
}
