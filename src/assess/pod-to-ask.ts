import { templateNames } from '../core/graph/pod-needs.ts';
import { isBuiltInGroup } from '../core/graph/groups.ts';
import { mayRunPods } from '../core/graph/pod-places.ts';
import { podSpecPointer } from '../core/graph/pod-spec.ts';
import { read } from '../core/json/node.ts';
import { encodeValue, isJsonObject } from '../core/json/value.ts';
import type { JsonValue } from '../core/json/value.ts';
import type { ObjectRef } from '../core/resource.ts';

/** Fields that name what may not be there before the move; each has a check of its own. */
const dropped: ReadonlySet<string> = new Set([
  'nodeName',
  'serviceAccount',
  'serviceAccountName',
  'priorityClassName',
  'priority',
  'runtimeClassName',
  'overhead',
  'ephemeralContainers',
]);

/**
 * The JSON of a pod as the controller of a workload would create it, to be asked about in a dry run: pod security,
 * policies and limits judge pods, and a workload that they let through may never get one. Undefined for kinds that run
 * no pods, and for pods themselves.
 */
export function podToAsk(text: string, ref: ObjectRef, namespace: string): string | undefined {
  const pointer = podSpecPointer(ref) ?? customPointer(text, ref);
  if (pointer === undefined || !pointer.endsWith('/template/spec')) return undefined;
  const spec = read(text, pointer);
  if (!isJsonObject(spec)) return undefined;
  const template = read(text, `${pointer.slice(0, -'/spec'.length)}/metadata`);
  const { labels = {}, annotations = {} } = isJsonObject(template) ? template : {};
  const kept = Object.entries(spec).filter(([key]) => !dropped.has(key));
  const pod: Record<string, JsonValue> = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'landfall-assess', namespace, labels, annotations },
    spec: {
      ...Object.fromEntries(kept),
      automountServiceAccountToken: false,
      volumes: volumesOf(spec, templateNames(text)),
    },
  };
  return encodeValue(pod);
}

/**
 * The pod spec of a custom resource that is a workload by its form (Rollout, CloneSet): a selector and a template with
 * containers. Of others nobody but their operator knows what becomes of the spec before a pod is made.
 */
function customPointer(text: string, ref: ObjectRef): string | undefined {
  if (isBuiltInGroup(ref.group) || !mayRunPods(text, ref)) return undefined;
  const containers = read(text, '/spec/template/spec/containers');
  const isWhole =
    Array.isArray(containers) &&
    (containers as readonly JsonValue[]).every(
      (one) => isJsonObject(one) && typeof one['name'] === 'string' && typeof one['image'] === 'string'
    );
  return isWhole && isJsonObject(read(text, '/spec/selector')) ? '/spec/template/spec' : undefined;
}

/**
 * Volumes as the controller of a StatefulSet makes them: the claim of a template takes the place of a volume of its name
 * (`updateStorage` in pkg/controller/statefulset).
 */
function volumesOf(
  { volumes }: { readonly [key: string]: JsonValue },
  templates: readonly string[]
): readonly JsonValue[] {
  const own = (Array.isArray(volumes) ? (volumes as readonly JsonValue[]) : []).filter(
    (volume) => !(isJsonObject(volume) && typeof volume['name'] === 'string' && templates.includes(volume['name']))
  );
  return [...templates.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), ...own];
}
