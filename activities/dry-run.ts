import type { ApplyResult } from '../src/core/migration/contract.ts';
import type { ApiResource } from '../src/core/resource.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { eachOfBatch } from './apply.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { writeObject } from './lib/write-object.ts';

/**
 * Asks the target's admission about every object of a batch without storing anything. What stands on something that is
 * not there before the real run (its namespace, its definition) cannot be asked: the server would refuse it for that
 * alone. It is counted and told, never taken for a failure.
 */
export async function dryRunBatch(session: Session, progress: Progress, batch: StoredRef): Promise<ApplyResult> {
  const { target } = session;
  const { signal } = progress;
  const { resources } = await target.discover({ signal });
  const served = new Set(resources.map(keyOf));
  const namespaces = resources.find(({ group, plural }) => group === '' && plural === 'namespaces');
  const known = new Map<string, Promise<boolean>>();
  const isThere = (namespace: string): Promise<boolean> => {
    if (namespace === '' || namespaces === undefined) return Promise.resolve(true);
    const asked = known.get(namespace) ?? target.get(namespaces, '', namespace, { signal }).then(Boolean);
    known.set(namespace, asked);
    return asked;
  };
  return eachOfBatch(session, progress, batch, async (object) => {
    const { ref, resource } = object.entry;
    if (!served.has(keyOf(resource))) return { ref, outcome: 'applied', notAsked: 'its kind is not served yet' };
    if (!(await isThere(ref.namespace))) return { ref, outcome: 'applied', notAsked: 'its namespace is not there yet' };
    return writeObject(session, object, { dryRun: true, signal });
  });
}

function keyOf({ group, version, plural }: ApiResource): string {
  return `${group}/${version}/${plural}`;
}
