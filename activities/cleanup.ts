import { provenList } from '../src/archive/proven-list.ts';
import { loadJson } from '../src/archive/run-objects.ts';
import { LandfallError } from '../src/core/errors.ts';
import { compareApplyGroupNames } from '../src/core/graph/apply-group-order.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import { describeRef, namespaceResource } from '../src/core/resource.ts';
import { readHead } from '../src/core/select/head.ts';
import { compileScope } from '../src/core/select/scope.ts';
import { runSelector } from '../src/core/identity/names.ts';
import { cleanUp } from '../src/movers/snapshot/leftovers.ts';
import { textOf } from '../src/services/objects/text.ts';
import type { ClaimName, ClaimRange } from '../src/core/volumes/contract.ts';
import type { ApplyGroup } from '../src/core/planning/contract.ts';
import type { RunRemains } from '../src/core/undo/contract.ts';
import type { RunSpec } from '../src/core/spec/spec.ts';
import type { Cluster } from '../src/ports/cluster.ts';
import type { EitherSession, Session, Side } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

const stateTimeoutMs = 10 * 60_000;

/**
 * What a run may have left, by what it stored: a run that ended without its compensations has informed nobody. An attempt
 * to plan that was repeated may have stored another plan; all of them count, as one order. Changes nothing.
 */
export async function findRemains(session: Session<never>, progress: Progress): Promise<RunRemains> {
  const { location, runId } = session;
  const { signal } = progress;
  const applyGroups: ApplyGroup[] = [];
  const claims = new Map<string, ClaimName>();
  const places: ClaimRange[] = [];
  let plans = 0;
  for (const { key, sizeBytes } of await provenList(location, `runs/${runId}/plan/`, { signal })) {
    const sha256 = /([0-9a-f]{64})\.json$/.exec(key)?.[1];
    if (sha256 === undefined) continue;
    const ref = { key, sha256, sizeBytes };
    const plan = await loadJson<DesiredState<DesiredObject>>(location, ref, { signal });
    plans += 1;
    applyGroups.push(...plan.applyGroups.filter(({ settle }) => !settle));
    for (const [index, { namespace, name, targetNamespace }] of plan.moves.entries()) {
      const id = `${namespace}/${name}`;
      if (claims.has(id)) continue;
      claims.set(id, { namespace, name, targetNamespace });
      const last = places.at(-1);
      const follows = last?.plan === ref && last.to === index;
      if (follows) places[places.length - 1] = { ...last, to: index + 1 };
      else places.push({ plan: ref, from: index, to: index + 1 });
    }
  }
  if (plans > 1) applyGroups.sort((one, other) => compareApplyGroupNames(one.name, other.name));
  return { applyGroups, claims: [...claims.values()], places };
}

/**
 * Removes what carries the run's label on the way of volumes, on the clusters of the run, whatever plan it came from; marks on
 * volumes that an application has by now are taken off. Idempotent. Throws OBJECT_CONFLICT when something stays.
 */
export async function sweepVolumes(session: EitherSession, progress: Progress): Promise<void> {
  for (const side of ['source', 'target'] as const) {
    const cluster = session[side];
    if (cluster !== undefined) await sweepSide(session, progress, { side, cluster });
  }
}

interface SweptSide {
  readonly side: Side;
  readonly cluster: Cluster;
}

async function sweepSide(session: Session<never>, progress: Progress, { side, cluster }: SweptSide): Promise<void> {
  const { runId, spec } = session;
  const namespaces = await namespacesOf(spec, { side, cluster }, progress.signal);
  progress.update({ note: `look on ${cluster.name}` });
  const remaining = await cleanUp({
    ...{ cluster, runId, timeoutMs: stateTimeoutMs, signal: progress.signal },
    landfallNamespace: spec.landfallNamespace,
    namespaces,
    onTick: (state) => progress.waiting({ kind: 'object', ref: cluster.name, condition: state }, stateTimeoutMs),
  });
  const [first] = remaining;
  if (first === undefined) return;
  throw new LandfallError('OBJECT_CONFLICT', {
    what: `${cluster.name} still holds ${remaining.length} objects of run ${runId}, the first is ${describeRef(first)}`,
    fix: `check what blocks their deletion; they are labelled ${runSelector(runId)}`,
  });
}

/** The application's namespaces of a cluster; what a pattern means is asked, since the run may not have come to store it. */
async function namespacesOf(spec: RunSpec, { side, cluster }: SweptSide, signal: AbortSignal): Promise<string[]> {
  const { scope, namespaceMapping } = spec;
  const mapped = (name: string): string => (side === 'source' ? name : (namespaceMapping[name] ?? name));
  const isPattern = (name: string): boolean => /[*?[]/.test(name);
  const names = new Set(scope.namespaces.filter((name) => !isPattern(name)).map(mapped));
  if (!scope.namespaces.some(isPattern)) return [...names];
  const { namespaceIn } = compileScope(scope);
  for (const name of Object.keys(namespaceMapping)) if (namespaceIn(name)) names.add(mapped(name));
  for await (const page of cluster.list(namespaceResource, { signal })) {
    for (const item of page.items) {
      const { name } = readHead(textOf(item), namespaceResource).ref;
      if (namespaceIn(name) && name !== spec.landfallNamespace) names.add(mapped(name));
    }
  }
  return [...names];
}
