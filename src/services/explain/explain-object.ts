import { findPointId, openRecoveryPoint } from '../../archive/recovery-point.ts';
import { LandfallError } from '../../core/errors.ts';
import { transformContext } from '../../core/transform/transform-context.ts';
import { describeRef, groupResource, type ApiResource } from '../../core/resource.ts';
import { kindNamed } from '../../core/select/kind-names.ts';
import { compileKinds } from '../../core/select/kinds.ts';
import { decideKind } from '../../core/select/decide-kind.ts';
import { taken } from '../../core/select/decision.ts';
import { readHead } from '../../core/select/head.ts';
import type { BackupSpec, MigrationSpec, RunSpec } from '../../core/spec/spec.ts';
import { translationBetween, withTranslation } from '../../translate/between.ts';
import { createTranslationChecks } from '../../translate/checks/checks.ts';
import { checkFacts } from '../../translate/checks/pair.ts';
import { explainExcluded, explainOutcome, type Explanation } from '../../translate/explain.ts';
import { selectLive } from './select-live.ts';
import { platformNames, type ClusterProfile } from '../../core/profile/cluster-profile.ts';
import type { TransformNote } from '../../core/transform/rule.ts';
import { transformObject } from '../../core/transform/transform-object.ts';
import { createCluster } from '../../kube/index.ts';
import { openLocation } from '../../locations/open-location.ts';
import { noFailpoints } from '../../ports/failpoints.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { readProfile } from '../../platform/read-profile.ts';

export interface ExplainedObject {
  readonly explanation: Explanation;
  /** One line for each side: which platform it is, and why. */
  readonly platforms: readonly string[];
}

interface Wanted {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

interface FoundObject {
  readonly resource: ApiResource;
  readonly text: string;
}

/**
 * Reads an object from the source, or from a recovery point, and reports what the rules of a run would do to it now.
 * Changes nothing. Throws EXPLAIN_NOT_FOUND, CLUSTER_*, LOCATION_* and what transforms throw.
 */
export async function explainObject(
  spec: MigrationSpec,
  object: string,
  point: string | undefined
): Promise<ExplainedObject> {
  const wanted = parseObject(object);
  const signal = new AbortController().signal;
  const open = (side: 'source' | 'target'): Promise<Cluster> =>
    createCluster(spec[side], { failpoints: noFailpoints, role: side });
  const [source, target] = await Promise.all([open('source'), open('target')]);
  try {
    const found = point === undefined ? await readLive(source, wanted, signal) : await readStored(spec, point, wanted);
    const [from, to] = await Promise.all([
      readProfile(source, spec.source, signal),
      readProfile(target, spec.target, signal),
    ]);
    const { resources } = await target.discover({ signal });
    const context = withTranslation(
      transformContext(
        spec,
        resources.map(({ preferred: _, ...resource }) => resource)
      ),
      translationBetween(spec.translation, from, to)
    );
    const head = readHead(found.text, found.resource);
    const platforms = [profileLine(`source ${spec.source.name}`, from), profileLine(`target ${spec.target.name}`, to)];
    // What a recovery point holds was selected when it was made.
    const decision = point === undefined ? await selectLive({ spec, source, signal }, found) : taken;
    if (!decision.in) return { explanation: explainExcluded(found.text, head.ref, decision), platforms };
    const outcome = transformObject({ ...found, head }, context);
    const checks = createTranslationChecks(checkFacts(spec, { source: from, target: to }));
    checks.add(head.ref, found.text, outcome);
    const explained = explainOutcome(found.text, head.ref, outcome);
    return {
      explanation: {
        ...explained,
        notes: [...kindNotes(found.resource, spec), ...explained.notes],
        findings: checks.findings(),
      },
      platforms,
    };
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

/**
 * Reads an object from the source and reports whether a backup would take it now: it changes nothing of it. Throws
 * EXPLAIN_NOT_FOUND and CLUSTER_*.
 */
export async function explainBackedUp(spec: BackupSpec, object: string): Promise<ExplainedObject> {
  const wanted = parseObject(object);
  const signal = new AbortController().signal;
  const source = await createCluster(spec.source, { failpoints: noFailpoints, role: 'source' });
  try {
    const found = await readLive(source, wanted, signal);
    const platforms = [profileLine(`source ${spec.source.name}`, await readProfile(source, spec.source, signal))];
    const { ref } = readHead(found.text, found.resource);
    const decision = await selectLive({ spec, source, signal }, found);
    if (!decision.in) return { explanation: explainExcluded(found.text, ref, decision), platforms };
    const untouched = { text: found.text, ref, changes: [], notes: [], deferred: [], owners: [], additional: [] };
    const explained = explainOutcome(found.text, ref, untouched);
    return { explanation: { ...explained, notes: kindNotes(found.resource, spec) }, platforms };
  } finally {
    await source.close();
  }
}

/** A cluster-scoped object is taken only where another one needs it, which one object alone cannot say. */
function kindNotes(resource: ApiResource, spec: RunSpec): TransformNote[] {
  const decision = decideKind({ ...resource, verbs: ['list', 'create'] }, spec.scope);
  return decision.in ? [] : [{ rule: decision.rule, path: '', message: decision.reason }];
}

function profileLine(name: string, { platform, declared, evidence }: ClusterProfile): string {
  const why = declared ? 'as set in the file' : evidence.length === 0 ? 'nothing identifies it' : evidence.join('; ');
  return `${name}: ${platformNames[platform]} (${why})`;
}

/** `deployment/shop/web`, `clusterissuer/letsencrypt`. */
function parseObject(object: string): Wanted {
  const parts = object.split('/');
  const [kind = '', second = '', third] = parts;
  if (kind === '' || second === '' || parts.length > 3) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `${JSON.stringify(object)} does not name an object`,
      fix: 'write kind/namespace/name, or kind/name for a cluster-scoped object: deployment/shop/web',
    });
  }
  return third === undefined ? { kind, namespace: '', name: second } : { kind, namespace: second, name: third };
}

async function readLive(cluster: Cluster, wanted: Wanted, signal: AbortSignal): Promise<FoundObject> {
  const { resources, shortNames } = await cluster.discover({ signal });
  const isWanted = compileKinds([kindNamed(wanted.kind, shortNames)]);
  const candidates = resources.filter(
    (resource) => resource.preferred && isWanted(resource) && resource.namespaced === (wanted.namespace !== '')
  );
  if (candidates.length === 0) {
    const other = resources.find((resource) => resource.preferred && isWanted(resource));
    const fix =
      other === undefined
        ? 'use a name from kubectl api-resources'
        : other.namespaced
          ? `it is namespaced: ${wanted.kind}/NAMESPACE/${wanted.name}`
          : `it is cluster-scoped: ${wanted.kind}/${wanted.name}`;
    throw notFound(`${cluster.name} does not serve the kind ${wanted.kind}`, fix);
  }
  for (const { preferred: _, ...resource } of candidates) {
    const raw = await cluster.get({ resource, namespace: wanted.namespace, name: wanted.name }, { signal });
    if (raw !== undefined) return { resource, text: Buffer.from(raw.bytes).toString('utf8') };
  }
  const kinds = candidates.map(groupResource).join(', ');
  throw notFound(
    `${cluster.name} has no ${describeRef({ group: '', ...wanted })} (${kinds})`,
    'check the name; use plural.group for kinds that exist in several groups'
  );
}

async function readStored(spec: MigrationSpec, point: string, wanted: Wanted): Promise<FoundObject> {
  const location = await openLocation(spec.location);
  try {
    const id = await findPointId(location, point);
    const stored = await openRecoveryPoint(location, id);
    const isWanted = compileKinds([kindNamed(wanted.kind)]);
    for await (const entry of stored.readIndex()) {
      if (entry.name !== wanted.name || entry.namespace !== wanted.namespace || !isWanted(entry)) continue;
      for await (const { bytes } of stored.readObjects([entry])) {
        const { group, version, kind, plural, namespaced } = entry;
        const resource = { group, version, kind, plural, namespaced, verbs: [], subresources: [] };
        return { resource, text: Buffer.from(bytes).toString('utf8') };
      }
    }
    throw notFound(
      `recovery point ${id} has no ${wanted.kind} ${wanted.namespace}/${wanted.name}`,
      'it may have been excluded: landfall report RUN shows what was'
    );
  } finally {
    await location.close();
  }
}

function notFound(what: string, fix: string): LandfallError {
  return new LandfallError('EXPLAIN_NOT_FOUND', { what, fix });
}
