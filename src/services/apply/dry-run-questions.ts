import type { SilentWebhook } from '../../core/admission/dead-webhooks.ts';
import { applyPatch } from '../../core/json/patch.ts';
import { namespaceResource } from '../../core/resource.ts';
import type { ApiResource } from '../../core/resource.ts';
import { readHead } from '../../core/select/head.ts';
import type { TransformedObject } from '../planning/desired-batch.ts';
import { readTargetWebhooks } from '../admission/target-webhooks.ts';
import { textOf } from '../objects/text.ts';
import { refusalOf } from '../admission/webhook-reaches.ts';
import type { Session } from '../session.ts';

/** Where objects are asked about whose namespace the target does not have yet. */
export interface DryRunPlaces {
  /** Namespace of the target -> the one asked in. Equal where it is there; absent where none was made. */
  readonly places: Readonly<Record<string, string>>;
}

/** What decides whether an object can be asked about. */
export interface Questions {
  readonly places: DryRunPlaces['places'];
  readonly served: ReadonlySet<string>;
  readonly silent: readonly SilentWebhook[];
  /** Labels of the places that objects are asked about in. */
  readonly labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Reads once for a batch what decides whether its objects can be asked about. */
export async function openQuestions(
  { target }: Session<'target'>,
  places: DryRunPlaces['places'],
  { resources, signal }: { readonly resources: readonly ApiResource[]; readonly signal: AbortSignal }
): Promise<Questions> {
  const { silent } = await readTargetWebhooks(target, signal);
  const labels = new Map<string, Readonly<Record<string, string>>>();
  for (const place of silent.length === 0 ? [] : new Set(Object.values(places))) {
    const live = await target.get({ resource: namespaceResource, namespace: '', name: place }, { signal });
    if (live !== undefined) labels.set(place, readHead(textOf(live.bytes), namespaceResource).labels);
  }
  return { places, served: new Set(resources.map(keyOf)), silent, labels };
}

/** Why the target cannot be asked about an object; undefined where it can. */
export function whyNotAsked(
  { places, served, silent, labels }: Questions,
  { entry: { ref, resource }, outcome }: TransformedObject
): string | undefined {
  if (!served.has(keyOf(resource))) return `${resource.kind} is not served yet`;
  const place = ref.namespace === '' ? '' : places[ref.namespace];
  if (place === undefined) return `namespace ${ref.namespace} does not exist`;
  const own = readHead(outcome.text, resource).labels;
  const isNamespace = resource.group === '' && resource.kind === 'Namespace';
  const namespaceLabels = isNamespace ? own : place === '' ? undefined : (labels.get(place) ?? {});
  return refusalOf(silent, resource, {
    namespace: place,
    labels: own,
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
  });
}

/** The object as it is asked about in another namespace than its own. */
export function textIn({ entry, outcome }: TransformedObject, place: string): string {
  if (place === entry.ref.namespace) return outcome.text;
  return applyPatch(outcome.text, [{ op: 'replace', path: '/metadata/namespace', value: place }]);
}

function keyOf({ group, version, plural }: ApiResource): string {
  return `${group}/${version}/${plural}`;
}
