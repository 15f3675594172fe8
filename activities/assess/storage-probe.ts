import { isLandfallError } from '../../src/core/errors.ts';
import { loadJson } from '../../src/archive/run-objects.ts';
import type { CheckOutcome } from '../../src/assess/checks/index.ts';
import type { CheckedPart } from '../../src/assess/contract.ts';
import type { RawFinding } from '../../src/core/findings/finding.ts';
import type { Inventory } from '../../src/assess/inventory.ts';
import type { ApiResource } from '../../src/core/resource.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { runLabels } from '../../src/core/identity/names.ts';
import type { RawObject } from '../../src/ports/cluster.ts';
import { sha256Of } from '../../src/archive/stored.ts';
import { textOf } from '../../src/services/objects/text.ts';
import { made, notMade, storePart } from '../../src/services/assess/part.ts';
import { probeNamespace, probeRefusal, runProbePod } from '../../src/services/assess/probe-pod.ts';
import type { Session } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';

/** Classes that are tried; a scope that is mapped to more reports which were not. */
const classesMax = 5;
const readyWithinMs = 3 * 60_000;
const id = 'storage/probe';
const size = '1Gi';

const claims = served({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  namespaced: true,
});
const classes = served({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
});
const snapshots = served({
  group: 'snapshot.storage.k8s.io',
  version: 'v1',
  kind: 'VolumeSnapshot',
  plural: 'volumesnapshots',
  namespaced: true,
});
const snapshotClasses = served({
  group: 'snapshot.storage.k8s.io',
  version: 'v1',
  kind: 'VolumeSnapshotClass',
  plural: 'volumesnapshotclasses',
  namespaced: false,
});

/**
 * Tries the storage of the target for real: makes a volume of each class, writes, takes a snapshot, makes a volume of it and
 * reads back. Everything is in the probe namespace and goes with it. A class without snapshots is tried without.
 */
export async function probeStorage(
  session: Session<'target'>,
  progress: Progress,
  inventory: StoredRef
): Promise<CheckedPart> {
  const { storageClasses } = await loadJson<Inventory>(session.location, inventory);
  const moves = session.spec.volumes.mode === 'move';
  const tried = moves ? storageClasses.slice(0, classesMax) : [];
  const findings: RawFinding[] = [];
  const outcomes: CheckOutcome[] = [];
  const refused = tried.length === 0 ? undefined : await probeRefusal(session, progress.signal);
  if (refused !== undefined)
    return storePart(session, { findings, outcomes: [notMade(id, 'storage', refused)], measures: {} });
  const namespace = tried.length === 0 ? '' : await probeNamespace(session, progress.signal);
  for (const name of tried) {
    progress.update({ note: `storage class ${name}` });
    const trial = await tryClass({ session, progress, namespace, name });
    if ('why' in trial) outcomes.push(notMade(id, 'storage', `${name}: ${trial.why}`));
    else if (trial.problem !== '') findings.push(failed(session, name, trial));
  }
  const remaining = moves ? storageClasses.slice(classesMax) : [];
  if (remaining.length > 0) outcomes.push(notMade(id, 'storage', `not tested: ${remaining.join(', ')}`));
  if (outcomes.length === 0) outcomes.push(made(id, 'storage'));
  return storePart(session, { findings, outcomes, measures: { storageClassesTried: tried.length } });
}

type Trial = { readonly step: string; readonly problem: string } | { readonly why: string };

interface Task {
  readonly session: Session<'target'>;
  readonly progress: Progress;
  readonly namespace: string;
  readonly name: string;
}

async function tryClass(task: Task): Promise<Trial> {
  const { session, progress, namespace, name } = task;
  const base = `c-${sha256Of(name).slice(0, 8)}`;
  const token = sha256Of(`${session.runId} ${name}`);
  const path = '/volume/landfall-probe';
  await makeClaim(task, base);
  const written = await runProbePod(session, progress, {
    namespace,
    name: `${base}-write`,
    claim: base,
    config: { mode: 'write', path, token },
  });
  const first = read(written, 'write');
  if (first !== undefined) return first;
  const snapshotClass = await snapshotClassOf(task);
  if (snapshotClass === undefined) return { step: 'write', problem: '' };
  const snapshot = await takeSnapshot(task, base, snapshotClass);
  if (snapshot !== '') return { step: 'snapshot', problem: snapshot };
  await makeClaim(task, `${base}-restored`, base);
  const restored = await runProbePod(session, progress, {
    namespace,
    name: `${base}-read`,
    claim: `${base}-restored`,
    config: { mode: 'read', path, token },
  });
  return read(restored, 'restore and read back') ?? { step: 'read', problem: '' };
}

/** What is wrong with a probe; undefined when nothing is. A volume that does not come is the storage's word. */
function read(probed: Awaited<ReturnType<typeof runProbePod>>, step: string): Trial | undefined {
  if ('why' in probed) return /image/i.test(probed.why) ? { why: probed.why } : { step, problem: probed.why };
  const problem = probed.results.find((result) => result.problem !== '')?.problem;
  return problem === undefined ? undefined : { step, problem };
}

async function makeClaim({ session, progress, namespace, name }: Task, claim: string, from?: string): Promise<void> {
  const source = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: from };
  const body = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: claim, namespace, labels: runLabels(session.runId) },
    spec: {
      storageClassName: name,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: size } },
      ...(from === undefined ? {} : { dataSource: source }),
    },
  };
  const write = { fieldManager: session.fieldManager, signal: progress.signal };
  await session.target.create({ resource: claims, namespace, body: JSON.stringify(body) }, write);
}

/** A snapshot class of the driver of a storage class. */
async function snapshotClassOf({ session, progress, name }: Task): Promise<string | undefined> {
  const { target } = session;
  const { signal } = progress;
  const { resources } = await target.discover({ signal });
  if (!resources.some(({ group, plural }) => group === snapshotClasses.group && plural === snapshotClasses.plural))
    return undefined;
  const own = await target.get({ resource: classes, namespace: '', name }, { signal });
  const { provisioner } = own === undefined ? {} : (JSON.parse(textOf(own.bytes)) as { provisioner?: string });
  for await (const page of target.list(snapshotClasses, { signal })) {
    for (const item of page.items) {
      const found = JSON.parse(textOf(item)) as { metadata: { name: string }; driver?: string };
      if (found.driver === provisioner) return found.metadata.name;
    }
  }
  return undefined;
}

/** Takes a snapshot and waits until it can be used; what is wrong, or ''. */
async function takeSnapshot({ session, progress, namespace }: Task, claim: string, className: string): Promise<string> {
  const { target, fieldManager, runId } = session;
  const { signal } = progress;
  const body = {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: { name: claim, namespace, labels: runLabels(runId) },
    spec: { volumeSnapshotClassName: className, source: { persistentVolumeClaimName: claim } },
  };
  await target.create({ resource: snapshots, namespace, body: JSON.stringify(body) }, { fieldManager, signal });
  const ref = `VolumeSnapshot ${namespace}/${claim}`;
  try {
    await target.waitFor({
      resource: snapshots,
      namespace,
      name: claim,
      until: (object) => stateOf(object) === 'ready',
      describe: stateOf,
      timeoutMs: readyWithinMs,
      onTick: (state) => progress.waiting({ kind: 'object', ref, condition: `ready (${state})` }, readyWithinMs),
      signal,
    });
    return '';
  } catch (error) {
    if (!isLandfallError(error, 'WAIT_TIMED_OUT')) throw error;
    return error.detail.what;
  } finally {
    progress.arrived(ref);
  }
}

function stateOf(object: RawObject | undefined): string {
  if (object === undefined) return 'not there';
  const { status = {} } = JSON.parse(textOf(object.bytes)) as {
    status?: { readyToUse?: boolean; error?: { message?: string } };
  };
  return status.readyToUse === true ? 'ready' : (status.error?.message ?? 'not ready yet');
}

function failed(
  session: Session<'target'>,
  name: string,
  trial: { readonly step: string; readonly problem: string }
): RawFinding {
  return {
    code: 'STORAGE_PROBE_FAILED',
    subject: `StorageClass ${name}`,
    namespace: '',
    side: 'target',
    message: `it fails at "${trial.step}": ${trial.problem}`,
    evidence: `a volume of ${size} created, written, snapshotted, restored and read on ${session.target.name}`,
  };
}

/** A kind with what the probe does to it. */
function served(kind: Omit<ApiResource, 'verbs' | 'subresources'>): ApiResource {
  return { ...kind, verbs: ['create', 'get', 'list'], subresources: [] };
}
