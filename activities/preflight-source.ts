import { keyFindings } from '../src/services/preflight/key-findings.ts';
import { lockFindings } from '../src/services/preflight/lock-findings.ts';
import { runFolder, storeJson } from '../src/archive/run-objects.ts';
import type { PreflightResult } from '../src/core/preflight/contract.ts';
import { assessClocks, assessPermissions } from '../src/core/preflight/preflight.ts';
import { probeLocation } from '../src/locations/probe.ts';
import { readPlatform } from '../src/platform/read-profile.ts';
import { discoverPatiently, lookAtScope, namesOf } from '../src/services/preflight/look.ts';
import { judgeFindings } from '../src/services/preflight/preflight-findings.ts';
import { locationFinding, volumeAccess } from '../src/services/preflight/volume-access.ts';
import type { Progress } from '../src/services/progress.ts';
import type { Session } from '../src/services/session.ts';
import { askPermissions, findClaims } from './permissions.ts';
import { firstContact } from './runtime/failures.ts';

/**
 * Looks before anything is read for good, where only the source matters: who it is, which namespaces and kinds are in, each
 * in the version it is served in by preference, what this user may do, whether the Location works and movers can use it.
 * Changes nothing it does not remove again. Idempotent.
 */
export async function preflightSource(
  session: Session<'source'>,
  progress: Progress,
  { today }: { readonly today: string }
): Promise<PreflightResult> {
  const { source, spec, location, runId } = session;
  const { signal } = progress;
  progress.update({ note: 'cluster and location' });
  const facts = await firstContact(source.identity({ signal, brief: true }));
  // Afterwards: the probe writes a key that it has to come to remove, whatever else goes wrong.
  const problems = await probeLocation(location, { owner: runId, signal });
  progress.update({ note: 'kinds' });
  const served = await discoverPatiently(source, signal);
  const platform = await readPlatform(source, spec.source, signal);
  const { selection, unseen, findings } = await lookAtScope(session, { served, readers: served }, signal);
  const hasClaims = await findClaims(session, selection, signal);
  const scoped = {
    ...{ spec, plan: selection, hasClaims, newNamespaces: false, any: [] },
    served: { source: namesOf(served), target: new Set<string>() },
  };
  const request = { asking: { kind: 'backup' }, scoped, canAskTarget: false, progress } as const;
  const found = [
    ...assessClocks([[source.name, facts]]),
    ...problems.map(locationFinding),
    ...(await keyFindings(location, spec.location)),
    ...(await lockFindings(spec.location, signal)),
    ...findings,
    ...(hasClaims && spec.volumes.mode === 'move' ? await volumeAccess(spec) : []),
    ...assessPermissions(await askPermissions({ source, target: undefined }, request)),
  ];
  const [kinds, judged] = await Promise.all([
    storeJson(runFolder(session, 'kinds'), selection, { signal }),
    judgeFindings(session, found, { today, signal }),
  ]);
  return {
    source: { uid: facts.uid, gitVersion: facts.gitVersion, platform },
    kinds,
    kindCount: selection.kinds.length,
    ...judged,
    ...(unseen.length === 0 ? {} : { unseen }),
  };
}
