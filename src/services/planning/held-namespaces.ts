import type { IndexEntry } from '../../archive/entry.ts';
import type { ObjectRef } from '../../core/resource.ts';
import { isNarrowed } from '../../core/select/decide-restored.ts';
import type { RunSpec } from '../../core/spec/spec.ts';

/** A Namespace of a recovery point, as it is planned. */
interface HeldNamespace {
  readonly entry: IndexEntry;
  readonly text: string;
}

/** Namespaces of a restore that chooses objects: each is planned once it is known whether anything in it is restored. */
export interface HeldNamespaces {
  /** True: it is held, and planned later or not at all. */
  hold(namespace: HeldNamespace): boolean;
  /** Something in it is restored. */
  took(namespace: string): void;
  needed(): readonly HeldNamespace[];
  /** Nothing in them is restored. */
  empty(): readonly ObjectRef[];
}

/** What is said of a Namespace in which nothing is restored. */
export const nothingRestored = { rule: 'restore/namespace', reason: 'nothing in it is restored' } as const;

/** Holds nothing for a run that takes all of its content. */
export function createHeldNamespaces(spec: Pick<RunSpec, 'scope' | 'point'>): HeldNamespaces {
  const held: HeldNamespace[] = [];
  const taken = new Set<string>();
  const holds = spec.point !== undefined && isNarrowed({ scope: spec.scope, point: spec.point });
  return {
    hold(namespace) {
      const { group, kind } = namespace.entry;
      if (!holds || group !== '' || kind !== 'Namespace') return false;
      held.push(namespace);
      return true;
    },
    took: (namespace) => void taken.add(namespace),
    needed: () => held.filter(({ entry }) => taken.has(entry.name)),
    empty: () => held.flatMap(({ entry }) => (taken.has(entry.name) ? [] : [entry])),
  };
}
