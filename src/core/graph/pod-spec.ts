import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { ObjectRef } from '../resource.ts';

/** Where each kind of workload keeps its pod spec. */
const podSpecPointers: Readonly<Record<string, string>> = {
  '/Pod': '/spec',
  '/PodTemplate': '/template/spec',
  '/ReplicationController': '/spec/template/spec',
  'apps/Deployment': '/spec/template/spec',
  'apps/StatefulSet': '/spec/template/spec',
  'apps/DaemonSet': '/spec/template/spec',
  'apps/ReplicaSet': '/spec/template/spec',
  'batch/Job': '/spec/template/spec',
  'batch/CronJob': '/spec/jobTemplate/spec/template/spec',
};

/** The pointer of a workload's pod spec; undefined for kinds that run no pods. */
export function podSpecPointer(ref: Pick<ObjectRef, 'group' | 'kind'>): string | undefined {
  const key = `${ref.group}/${ref.kind}`;
  return Object.hasOwn(podSpecPointers, key) ? podSpecPointers[key] : undefined;
}

/** The decoded pod spec of a workload; undefined for kinds that run no pods. */
export function podSpecOf(
  text: string,
  ref: Pick<ObjectRef, 'group' | 'kind'>
): { readonly [key: string]: JsonValue } | undefined {
  const pointer = podSpecPointer(ref);
  const spec = pointer === undefined ? undefined : read(text, pointer);
  return isJsonObject(spec) ? spec : undefined;
}
