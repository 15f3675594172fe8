import type { ConfigDocument, Violation } from '../../config/document.ts';
import type { Rule } from '../../config/kind.ts';
import { boundedTime } from './bounded-time.ts';
import type { VolumesDocument } from './document.ts';

const volumeTimeoutMaxMs = 30 * 86_400_000;

/** What the API server would refuse in a mover's pod is refused in the file; so is a time nobody would wait. */
export const moverRules: readonly Rule<VolumesDocument>[] = [
  { name: 'volume-timeout-is-sane', local: true, check: volumeTimeout },
  { name: 'mover-tolerations-are-valid', local: true, check: tolerations },
];

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerations(document: ConfigDocument<VolumesDocument>): Violation[] {
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

function volumeTimeout(document: ConfigDocument<VolumesDocument>): Violation[] {
  const path = ['spec', 'volumes', 'timeout'];
  return boundedTime(document.value.spec.volumes.timeout, [volumeTimeoutMaxMs, '30d'], { document, path });
}
