import pMap from 'p-map';
import { loadJson, loadLines, storeJson } from '../src/archive/run-objects.ts';
import { applyPatch } from '../src/core/json/patch.ts';
import { limits } from '../src/core/limits.ts';
import type { VerifyResult } from '../src/core/migration/contract.ts';
import type { StoredPlan } from '../src/core/migration/plan-summary.ts';
import { describeRef, objectKey } from '../src/core/resource.ts';
import type { ObjectRef } from '../src/core/resource.ts';
import { reportNamesMax } from '../src/core/run/report.ts';
import type { Parity } from '../src/core/run/report.ts';
import { compareObjects } from '../src/core/verify/compare.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { listApplication } from './existing.ts';
import { readAutoscaled } from './lib/autoscaled.ts';
import { readBatch } from './lib/plan-batch.ts';
import type { PlannedObject } from './lib/plan-batch.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { textOf } from './lib/text.ts';
import { transformContext } from './lib/transform-context.ts';

/** What is not as meant, by name. */
interface Found {
  readonly missing: string[];
  readonly different: string[];
  readonly meant: Set<string>;
  counts: { missing: number; different: number };
}

/**
 * Reads every object of the plan back from the target and compares it with what was meant; then looks for objects
 * nobody meant in the namespaces of the plan. Changes nothing. Objects the policy left as they were count as different
 * when they are: the policy decides what is done, not what is told.
 */
export async function verifyObjects(session: Session, progress: Progress, ref: StoredRef): Promise<VerifyResult> {
  const plan = await loadJson<StoredPlan>(session.location, ref);
  const found: Found = { missing: [], different: [], meant: new Set(), counts: { missing: 0, different: 0 } };
  const total = plan.waves.filter(({ settle }) => !settle).reduce((sum, wave) => sum + wave.objects, 0);
  progress.update({ unit: 'objects', total });
  const autoscaled = await readAutoscaled(session, plan, progress.signal);
  let done = 0;
  for (const wave of plan.waves) {
    if (wave.settle) continue;
    for (const batch of wave.batches) {
      await pMap(
        readBatch(session, batch, transformContext(session.spec, []), progress.signal),
        async (object) => {
          await verifyObject(session, progress, object, autoscaled, found);
          progress.update({ done: ++done });
        },
        { concurrency: limits.parallelApply, signal: progress.signal }
      );
    }
  }
  for (const claim of plan.claims as readonly { ref: ObjectRef }[]) found.meant.add(objectKey(claim.ref));
  const extra = await findExtra(session, progress, plan, found.meant);
  const { missing, different } = found.counts;
  const names = {
    missing: found.missing.slice(0, reportNamesMax),
    extra: extra.slice(0, reportNamesMax),
    different: found.different.slice(0, reportNamesMax),
  };
  const parity: Parity = { checked: true, missing, extra: extra.length, different, names };
  return {
    result: await storeJson(session.location, `runs/${session.runId}/parity`, parity),
    missing,
    extra: extra.length,
    different,
  };
}

async function verifyObject(
  session: Session,
  progress: Progress,
  { entry, outcome }: PlannedObject,
  autoscaled: ReadonlySet<string>,
  found: Found
): Promise<void> {
  const { ref, resource } = entry;
  const key = objectKey(ref);
  found.meant.add(key);
  const live = await session.target.get(resource, ref.namespace, ref.name, { signal: progress.signal });
  if (live === undefined) {
    found.counts.missing += 1;
    found.missing.push(describeRef(ref));
    return;
  }
  const meant = outcome.deferred.reduce((text, change) => applyPatch(text, change.patch), outcome.text);
  const differences = compareObjects(meant, textOf(live.bytes), { ref, autoscaled: autoscaled.has(key) });
  const [first] = differences;
  if (first === undefined) return;
  found.counts.different += 1;
  found.different.push(`${describeRef(ref)} ${first.path}: ${first.actual}, meant ${first.meant}`);
}

/** What lives in the plan's namespaces now that nobody meant and that was not there before. */
async function findExtra(
  session: Session,
  progress: Progress,
  plan: StoredPlan,
  meant: ReadonlySet<string>
): Promise<string[]> {
  const known = new Set(meant);
  for await (const key of loadLines<string>(session.location, plan.existing, { signal: progress.signal }))
    known.add(key);
  const namespaces = [...new Set([...meant].map((key) => key.split('/')[2] ?? ''))].filter((name) => name !== '');
  progress.update({ note: 'look for extra objects' });
  const live = await listApplication(session, session.target, namespaces, progress.signal);
  return live.filter(({ head }) => !known.has(objectKey(head.ref))).map(({ head }) => describeRef(head.ref));
}
