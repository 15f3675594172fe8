import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import type { Migration } from './schema.ts';

/** What the API server would refuse in a mover's pod is refused in the file. */
export const moverRules: readonly Rule<Migration>[] = [
  { name: 'mover-tolerations-are-valid', local: true, check: tolerations },
];

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerations(document: ConfigDocument<Migration>): Violation[] {
  const { movers } = document.value.spec.volumes;
  return (movers?.tolerations ?? []).flatMap(({ key, operator = 'Equal', value }, index): Violation[] => {
    const path = ['spec', 'volumes', 'movers', 'tolerations', index];
    if (key === undefined && operator !== 'Exists')
      return [{ document, path, what: 'has no key', hint: 'without a key it needs operator: Exists' }];
    if (operator === 'Exists' && value !== undefined)
      return [{ document, path, what: 'has a value, which operator: Exists does not use', hint: 'remove the value' }];
    return [];
  });
}
