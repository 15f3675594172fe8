import { catalogue } from '../error-catalogue.ts';
import { describeRef, type ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';

/** Collects objects of the source that become one and the same object of the target. */
export interface Collisions {
  add(target: ObjectRef, first: ObjectRef, second: ObjectRef): void;
  findings(): readonly Finding[];
}

/**
 * Two objects that become one would leave the later one on the target and the run would end well: a blocker, whatever
 * made their identity the same (a mapping onto a namespace in scope, a transform). One finding for two namespaces.
 */
export function createCollisions(): Collisions {
  const pairs = new Map<string, { target: ObjectRef; first: ObjectRef; second: ObjectRef; count: number }>();
  return {
    add(target, first, second) {
      const spaces = [first, second].map((ref) => (isNamespace(ref) ? ref.name : ref.namespace));
      const [one, other] = spaces;
      const key = one === other ? describeRef(target) : `${one} ${other}`;
      const known = pairs.get(key);
      if (known === undefined) pairs.set(key, { target, first, second, count: 1 });
      else known.count += 1;
    },
    findings: () => [...pairs.values()].map(finding),
  };
}

function finding({
  target,
  first,
  second,
  count,
}: {
  readonly target: ObjectRef;
  readonly first: ObjectRef;
  readonly second: ObjectRef;
  readonly count: number;
}): Finding {
  const more = count === 1 ? '' : `, and ${count - 1} more pairs of the same two namespaces`;
  return {
    code: 'TRANSLATION_COLLISION',
    severity: 'blocker',
    subject: describeRef(target),
    message: `${describeRef(first)} and ${describeRef(second)} on the source would both become it${more}`,
    remedy: catalogue.TRANSLATION_COLLISION.fix,
  };
}

function isNamespace({ group, kind }: ObjectRef): boolean {
  return group === '' && kind === 'Namespace';
}
