import { podSpecPointer } from '../graph/pod-spec.ts';
import { read } from '../json/node.ts';
import { encodeValue, isJsonObject } from '../json/value.ts';
import type { JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';

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
  const pointer = podSpecPointer(ref);
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
      // A Job's pod has one of its own policies; a claim of a StatefulSet's template is no volume of the pod spec yet.
      volumes: [...volumesOf(spec), ...claimVolumes(text)],
    },
  };
  return encodeValue(pod);
}

function volumesOf(spec: { readonly [key: string]: JsonValue }): readonly JsonValue[] {
  const volumes = spec['volumes'];
  return Array.isArray(volumes) ? (volumes as readonly JsonValue[]) : [];
}

/** Claims of a StatefulSet's templates, as its controller adds them to each pod. */
function claimVolumes(text: string): readonly JsonValue[] {
  const templates = read(text, '/spec/volumeClaimTemplates');
  if (!Array.isArray(templates)) return [];
  return (templates as readonly JsonValue[]).flatMap((template) => {
    const metadata = isJsonObject(template) ? template['metadata'] : undefined;
    const name = isJsonObject(metadata) ? metadata['name'] : undefined;
    return typeof name === 'string' ? [{ name, persistentVolumeClaim: { claimName: name } }] : [];
  });
}
