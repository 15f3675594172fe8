import { openContent } from '../../archive/captured-content.ts';
import { readIndexParts } from '../../archive/index-file.ts';
import { readObjects } from '../../archive/read-objects.ts';
import { loadLines } from '../../archive/run-objects.ts';
import type { AddressUse } from '../../assess/addresses.ts';
import { dataAddresses, podAddresses } from '../../assess/setting-addresses.ts';
import type { DataObject } from '../../assess/setting-addresses.ts';
import { apiRemovals } from '../../assess/api-removals.ts';
import type { ScopeFacts, ScopeObject, SecretFacts, WrittenVersion } from '../../assess/facts.ts';
import type { Kube, PodSpec } from '../../core/kube-objects.ts';
import type { ExcludedObject } from '../../core/capture/capture-part.ts';
import { limits } from '../../core/limits.ts';
import { podSpecsOf } from '../../core/graph/pod-places.ts';
import { apiVersionOf, parseApiVersion } from '../../core/resource.ts';
import type { ApiResource, ObjectRef } from '../../core/resource.ts';
import { readHead } from '../../core/select/head.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import type { TransformContext } from '../../core/transform/rule.ts';
import { transformObject } from '../../core/transform/transform-object.ts';
import { withTranslation } from '../../translate/between.ts';
import { resourceOf } from '../capture/stored-capture.ts';
import { textOf } from '../objects/text.ts';
import { servedOrPlanned, transformContext } from '../planning/transform-context.ts';
import { profilesOf, translationOf } from '../planning/translation.ts';
import { findCloudKeys, readSecret } from './read-secret.ts';
import type { SecretObject } from './read-secret.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

/** Addresses kept of a whole scope; the places beyond are in the same objects a person looks at anyway. */
const addressesMax = 20_000;
/** Objects under deletion that are reported by name. */
const leavingMax = 1_000;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

interface Draft {
  readonly objects: ScopeObject[];
  readonly secrets: SecretFacts[];
  readonly addresses: AddressUse[];
  readonly written: WrittenVersion[];
}

type Parsed = Kube & Record<string, unknown>;

/**
 * Reads every captured object once and keeps what checks look at: the object without data, as it is and as it is desired
 * for the target; where it talks to; what may be known of Secrets. Values of Secrets stay within this call.
 */
export async function readScopeFacts(
  session: Session,
  progress: Progress,
  { capture, namespaces }: { readonly capture: StoredRef; readonly namespaces: readonly string[] }
): Promise<ScopeFacts> {
  const { location, spec } = session;
  const { signal } = progress;
  const { index, excludedRefs } = await openContent(location, capture, { signal });
  const translation = translationOf(session, await profilesOf(session, signal));
  const served = await servedOrPlanned(session, index, { signal, translation });
  const context = withTranslation(transformContext(spec, served), translation);
  const draft: Draft = { objects: [], secrets: [], addresses: [], written: [] };
  progress.update({ unit: 'objects', total: index.objects, note: 'objects' });
  for await (const { entry, bytes } of readObjects(location, readIndexParts(location, index.parts, { signal }), {
    signal,
  })) {
    readObject(draft, { resource: resourceOf(entry), text: textOf(bytes) }, context);
    if (draft.objects.length % limits.batchObjects === 0) progress.update({ done: draft.objects.length });
  }
  const leaving: ObjectRef[] = [];
  for (const stored of excludedRefs) {
    for await (const { ref, rule } of loadLines<ExcludedObject>(location, stored, { signal })) {
      if (rule === 'object/terminating' && leaving.length < leavingMax) leaving.push(ref);
    }
  }
  return { namespaces, ...draft, leaving };
}

/** Kinds whose data is not kept: it may be large or secret. */
const dataKinds: ReadonlySet<string> = new Set(['ConfigMap', 'Secret']);

function readObject(
  draft: Draft,
  { resource, text }: { readonly resource: ApiResource; readonly text: string },
  context: TransformContext
): void {
  const head = readHead(text, resource);
  const { ref } = head;
  const parsed = JSON.parse(text) as Parsed;
  draft.written.push(...writtenVersions(ref, parsed));
  const isData = ref.group === '' && dataKinds.has(ref.kind);
  if (isData) readData(draft, ref, parsed);
  for (const spec of podSpecsOf(text, ref)) draft.addresses.push(...podAddresses(ref, spec as PodSpec));
  const object = kept(parsed, ref, isData);
  const targetNamespace = context.namespaceMapping[ref.namespace] ?? ref.namespace;
  const outcome = transformObject({ head, text, resource }, context);
  const excluded = outcome.excluded !== undefined;
  const desired = excluded || outcome.text === text ? object : kept(JSON.parse(outcome.text) as Parsed, ref, isData);
  const unserved = outcome.excluded?.rule === 'served' ? ({ unserved: true } as const) : {};
  draft.objects.push({ ref, targetNamespace, object, desired, excluded, ...unserved });
}

function kept(parsed: Parsed, { kind }: ObjectRef, isData: boolean): Kube {
  const {
    managedFields: _,
    annotations = {},
    ...metadata
  } = parsed.metadata as Kube['metadata'] & {
    managedFields?: unknown;
  };
  const { [lastApplied]: _applied, ...others } = annotations;
  const remaining: Record<string, unknown> = { ...parsed, metadata: { ...metadata, annotations: others } };
  if (isData) for (const key of ['data', 'binaryData', 'stringData']) delete remaining[key];
  if (kind === 'CustomResourceDefinition') delete remaining['spec'];
  return remaining as unknown as Kube;
}

function readData(draft: Draft, ref: ObjectRef, parsed: Parsed): void {
  take(draft, dataAddresses(ref, parsed as DataObject));
  if (ref.kind === 'Secret') {
    draft.secrets.push(readSecret(ref, parsed as SecretObject));
    return;
  }
  const data = Object.entries((parsed['data'] ?? {}) as Record<string, string>);
  const cloudKeys = findCloudKeys(data);
  if (cloudKeys.length > 0) draft.secrets.push({ ref, type: 'ConfigMap', keys: [], registries: [], cloudKeys });
}

function take(draft: Draft, found: readonly AddressUse[]): void {
  if (draft.addresses.length < addressesMax) draft.addresses.push(...found);
}

const endingVersions: ReadonlySet<string> = new Set(apiRemovals.map((row) => `${apiVersionOf(row)} ${row.kind}`));

/** Versions that end, and who wrote them: live metadata, not a guess from charts. */
function writtenVersions(ref: ObjectRef, { metadata }: Parsed): WrittenVersion[] {
  const { managedFields = [], annotations = {} } = metadata as Kube['metadata'] & {
    managedFields?: readonly { manager?: string; apiVersion?: string }[];
  };
  const written = managedFields.map(({ manager = '', apiVersion = '' }) => ({ ref, manager, apiVersion }));
  const [, applied = ''] = /"apiVersion"\s*:\s*"([^"]{1,200})"/.exec(annotations[lastApplied] ?? '') ?? [];
  if (applied !== '') written.push({ ref, manager: 'kubectl apply (its annotation)', apiVersion: applied });
  return written.filter(
    ({ apiVersion }) =>
      parseApiVersion(apiVersion).group === ref.group && endingVersions.has(`${apiVersion} ${ref.kind}`)
  );
}
