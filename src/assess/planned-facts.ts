import { serviceOfHost } from '../core/edge/service-hosts.ts';
import { mayRunPods } from '../core/graph/pod-places.ts';
import { podSpecOf } from '../core/graph/pod-spec.ts';
import type { JsonValue } from '../core/json/value.ts';
import type { ObjectRef } from '../core/resource.ts';
import type { TransformOutcome } from '../core/transform/rule.ts';
import { isAddress } from './addresses.ts';
import type { AddressUse } from './addresses.ts';
import { countKey } from './facts.ts';
import type { ScopeFacts, ScopeObject } from './facts.ts';
import type { Kube, PodSpec } from '../core/kube-objects.ts';
import { keepingOf, subjectOfCheck, subjectsOf } from './planned-subjects.ts';
import type { PlannedSubject } from './planned-subjects.ts';
import { dataAddresses, podAddresses } from './setting-addresses.ts';
import type { DataObject } from './setting-addresses.ts';

type Plain = Readonly<Record<string, JsonValue>>;

/** Places with an address that are kept; beyond, the check says that it has not looked at all of them. */
const addressesMax = 20_000;

/** What the planning pass keeps of the objects for its checks: little of each, and only of kinds that are judged. */
export interface TransformedObjects {
  add(source: { readonly ref: ObjectRef; readonly text: string }, outcome: TransformOutcome): void;
  /** Whether anything is there that the check of this id looks at. */
  concerns(check: string): boolean;
  scope(isThere: (target: ObjectRef) => boolean, there: Iterable<ObjectRef>): ScopeFacts;
}

/** Collects objects on their way into a plan. `isService`: whether `namespace/name` is a Service of the source. */
export function createTransformedObjects(isService: (service: string) => boolean = () => false): TransformedObjects {
  const kept: { readonly object: ScopeObject; readonly target: ObjectRef }[] = [];
  const counts = new Map<string, number>();
  const namespaces = new Set<string>();
  const seen = new Set<PlannedSubject>();
  const addresses: AddressUse[] = [];
  let isCut = false;
  const keepAddresses = (found: readonly AddressUse[]): void => {
    for (const use of found) {
      const subject = subjectOfHost(use.host, isService);
      if (subject === undefined) continue;
      seen.add(subject);
      if (addresses.length < addressesMax) addresses.push(use);
      else isCut = true;
    }
  };
  return {
    add({ ref, text }, { ref: target, text: desiredText, excluded }) {
      const isUnserved = excluded?.rule === 'served';
      if (excluded !== undefined && !isUnserved) return;
      if (ref.namespace !== '') namespaces.add(ref.namespace);
      if (!isUnserved) {
        seen.add('anything');
        counts.set(countKey(target), (counts.get(countKey(target)) ?? 0) + 1);
        keepAddresses(addressesOf(ref, desiredText));
      }
      const runsPods = mayRunPods(text, ref);
      const keeping = runsPods ? 'whole' : keepingOf(ref);
      if (keeping === 'nothing') return;
      const object = keeping === 'name' ? bare(ref) : slim(ref, text);
      const desired = keeping === 'name' || text === desiredText ? object : slim(ref, desiredText);
      for (const subject of subjectsOf(ref, JSON.stringify(desired), runsPods)) seen.add(subject);
      const unserved = isUnserved ? ({ unserved: true } as const) : {};
      const scoped = { ref, targetNamespace: target.namespace, object, desired, excluded: isUnserved, ...unserved };
      kept.push({ object: scoped, target });
    },
    concerns: (check) => seen.has(subjectOfCheck(check)),
    scope(isThere, there) {
      const coming = new Map(counts);
      for (const ref of there) {
        const key = countKey(ref);
        coming.set(key, (coming.get(key) ?? 0) - 1);
      }
      const objects = kept.map(({ object, target }) =>
        isThere(target) ? { ...object, isThere: true as const } : object
      );
      return {
        namespaces: [...namespaces].sort(),
        ...{ objects, counts: coming, secrets: [], addresses, written: [], leaving: [] },
        ...(isCut ? { addressesCut: true as const } : {}),
      };
    },
  };
}

/** What a setting with this host gives checks to look at; undefined for a name of the outside. */
function subjectOfHost(host: string, isService: (service: string) => boolean): PlannedSubject | undefined {
  if (isAddress(host)) return 'address';
  return serviceOfHost(host, isService) === undefined ? undefined : 'serviceName';
}

/** Where settings of an object lead, as it is desired on the target. */
function addressesOf(ref: ObjectRef, text: string): readonly AddressUse[] {
  if (ref.group === '' && (ref.kind === 'ConfigMap' || ref.kind === 'Secret')) {
    return dataAddresses(ref, JSON.parse(text) as DataObject);
  }
  const spec = podSpecOf(text, ref) as PodSpec | undefined;
  return spec === undefined ? [] : podAddresses(ref, spec);
}

function bare({ namespace, name }: ObjectRef): Kube {
  return { metadata: { namespace, name } };
}

/** What is large of an object is not judged: variables, probes and mounts of containers, most of the status. */
function slim(ref: ObjectRef, text: string): Kube {
  const { metadata, status, ...rest } = JSON.parse(text) as Plain;
  const kept = JSON.parse(JSON.stringify(rest, withoutBulk)) as object;
  const { annotations } = (metadata ?? {}) as Plain;
  const marks = picked(annotations, judgedAnnotations);
  const state = picked(status, judgedStatus);
  return {
    metadata: { ...bare(ref).metadata, ...(marks === undefined ? {} : { annotations: marks }) },
    ...kept,
    ...(state === undefined ? {} : { status: state }),
  } as Kube;
}

/** The members of an object that are named; undefined where it has none of them. */
function picked(from: JsonValue | undefined, names: readonly string[]): object | undefined {
  const all = (from ?? {}) as Plain;
  const found = names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const judgedStatus = ['conditions', 'phase', 'capacity', 'readyReplicas', 'numberReady', 'active'];
const judgedAnnotations = [
  'kubernetes.io/ingress.class',
  'volume.beta.kubernetes.io/storage-class',
  'cert-manager.io/issuer',
  'cert-manager.io/cluster-issuer',
];

const bulk: ReadonlySet<string> = new Set([
  ...['env', 'envFrom', 'volumeMounts', 'command', 'args', 'livenessProbe', 'readinessProbe', 'startupProbe'],
  ...['lifecycle', 'volumes', 'annotations', 'securityContext', 'topologySpreadConstraints'],
]);

function withoutBulk(key: string, value: unknown): unknown {
  return bulk.has(key) ? undefined : value;
}
