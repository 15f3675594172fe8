import { selectionErrors } from '../error-catalogue-selection.ts';
import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { ExcludedObject } from '../capture/capture-part.ts';
import { describeRef, objectKey, type ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import { podSpecsOf } from './pod-places.ts';

/** Remembers what the pods of a plan need, to report in the end which of them wait for something that does not come. */
export interface PodNeeds {
  /** `source` refers to the namespace the references mean; `target` is the object of the plan. */
  add(source: ObjectRef, target: ObjectRef, text: string): void;
  stuck(excluded: readonly ExcludedObject[]): Stuck;
}

export interface Stuck {
  /** Keys of objects of the plan that do not become ready. */
  readonly keys: ReadonlySet<string>;
  readonly findings: readonly Finding[];
}

type Plain = { readonly [key: string]: JsonValue };

export function createPodNeeds(): PodNeeds {
  const users = new Map<string, { readonly source: ObjectRef; readonly target: string }[]>();
  return {
    add(source, target, text) {
      for (const { kind, name } of needsOf(source, text)) {
        const key = objectKey({ group: '', kind, namespace: source.namespace, name });
        const known = users.get(key) ?? [];
        known.push({ source, target: objectKey(target) });
        users.set(key, known);
      }
    },
    stuck(excluded) {
      const keys = new Set<string>();
      const findings: Finding[] = [];
      for (const { ref, reason } of excluded) {
        for (const { source, target } of users.get(objectKey(ref)) ?? []) {
          keys.add(target);
          findings.push({
            code: 'REFERENCE_EXCLUDED',
            severity: 'warning',
            subject: describeRef(source),
            message: `it needs ${describeRef(ref)}, which is not moved (${reason}): it is created, but it cannot become ready, and the run does not wait for it`,
            remedy: selectionErrors.REFERENCE_EXCLUDED.fix,
          });
        }
      }
      return { keys, findings };
    },
  };
}

interface Need {
  readonly kind: string;
  readonly name: string;
}

/** Claims, ConfigMaps and Secrets without which the kubelet starts none of the containers. */
function needsOf(ref: ObjectRef, text: string): readonly Need[] {
  const found = new Map<string, Need>();
  const need: Collect = (kind, holder, field) => {
    if (!isJsonObject(holder) || holder['optional'] === true) return;
    const name = holder[field];
    if (typeof name === 'string' && name !== '') found.set(`${kind}/${name}`, { kind, name });
  };
  const replaced = new Set(templateNames(text));
  for (const spec of podSpecsOf(text, ref)) specNeeds(spec, replaced, need);
  return [...found.values()];
}

type Collect = (kind: string, holder: JsonValue | undefined, field: string) => void;

function specNeeds(spec: Plain, replaced: ReadonlySet<string>, need: Collect): void {
  for (const volume of objects(spec['volumes'])) {
    if (typeof volume['name'] === 'string' && replaced.has(volume['name'])) continue;
    need('PersistentVolumeClaim', volume['persistentVolumeClaim'], 'claimName');
    need('ConfigMap', volume['configMap'], 'name');
    need('Secret', volume['secret'], 'secretName');
    const projected = volume['projected'];
    for (const source of objects(isJsonObject(projected) ? projected['sources'] : undefined)) {
      need('ConfigMap', source['configMap'], 'name');
      need('Secret', source['secret'], 'name');
    }
  }
  for (const list of ['containers', 'initContainers']) {
    for (const container of objects(spec[list])) containerNeeds(container, need);
  }
}

function containerNeeds(container: Plain, need: Collect): void {
  for (const source of objects(container['envFrom'])) {
    need('ConfigMap', source['configMapRef'], 'name');
    need('Secret', source['secretRef'], 'name');
  }
  for (const { valueFrom } of objects(container['env'])) {
    if (!isJsonObject(valueFrom)) continue;
    need('ConfigMap', valueFrom['configMapKeyRef'], 'name');
    need('Secret', valueFrom['secretKeyRef'], 'name');
  }
}

/** Names of claim templates: the controller of a StatefulSet puts their claims in place of volumes of the same name. */
export function templateNames(text: string): readonly string[] {
  return objects(read(text, '/spec/volumeClaimTemplates')).flatMap(({ metadata }) => {
    const name = isJsonObject(metadata) ? metadata['name'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}

function objects(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}
