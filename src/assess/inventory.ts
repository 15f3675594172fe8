import { outsideAddresses, whereText } from './checks/external.ts';
import { imagesOf } from './checks/images.ts';
import { usableNodes } from './checks/nodes.ts';
import type { AssessFacts } from './facts.ts';
import { listOf, scopeObjects } from './facts.ts';
import type { ClaimObject, ServiceAccountObject, StorageClassObject } from '../core/kube-objects.ts';
import { mapClassOfClaim } from '../core/volumes/assess.ts';
import { classOfClaim } from '../core/volumes/data-of-claim.ts';
import { subjectOf, workloadsOf } from './workloads.ts';
import { architectureOf } from '../core/nodes/placement.ts';
import type { Protocol } from '../core/probe-protocol.ts';

/** What trials ask about: a small thing that is stored, so that no trial reads the scope again. */
export interface Inventory {
  readonly images: readonly InventoryImage[];
  readonly addresses: readonly InventoryAddress[];
  /** Processor architectures of ready nodes of the target. */
  readonly architectures: readonly string[];
  /** Storage classes of the target that claims are mapped to. */
  readonly storageClasses: readonly string[];
}

export interface InventoryImage {
  readonly image: string;
  /** Workloads that run it; the first three by name. */
  readonly subjects: readonly string[];
  readonly count: number;
  readonly namespace: string;
  /** `namespace/name` of pull secrets on the source. */
  readonly pullSecrets: readonly string[];
}

export interface InventoryAddress {
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly namespace: string;
  readonly where: string;
}

const subjectsMax = 3;

export function inventoryOf(facts: AssessFacts): Inventory {
  return {
    images: images(facts),
    addresses: outsideAddresses(facts).map((uses) => {
      const [{ host, port, protocol, ref }] = uses;
      return { host, port, protocol, namespace: ref.namespace, where: whereText(uses) };
    }),
    architectures: [...new Set(usableNodes(facts).map(architectureOf))].filter((name) => name !== '').sort(),
    storageClasses: storageClasses(facts),
  };
}

function images(facts: AssessFacts): readonly InventoryImage[] {
  const accounts = new Map(
    scopeObjects<ServiceAccountObject>(facts, 'ServiceAccount', '').map(({ ref, desired }) => [
      `${ref.namespace}/${ref.name}`,
      desired,
    ])
  );
  const uses = workloadsOf(facts).flatMap((workload) => {
    const { pod, namespace } = workload;
    const account = accounts.get(`${namespace}/${pod.serviceAccountName ?? 'default'}`);
    const named = [...(pod.imagePullSecrets ?? []), ...(account?.imagePullSecrets ?? [])];
    const pullSecrets = named.flatMap(({ name = '' }) => (name === '' ? [] : [`${namespace}/${name}`]));
    return imagesOf(workload).map((image) => ({ image, subject: subjectOf(workload), namespace, pullSecrets }));
  });
  return [...Map.groupBy(uses, ({ image }) => image)].map(([image, all]) => ({
    image,
    subjects: all.slice(0, subjectsMax).map(({ subject }) => subject),
    count: all.length,
    namespace: new Set(all.map(({ namespace }) => namespace)).size === 1 ? (all[0]?.namespace ?? '') : '',
    pullSecrets: [...new Set(all.flatMap(({ pullSecrets }) => pullSecrets))],
  }));
}

function storageClasses(facts: AssessFacts): readonly string[] {
  const classes = listOf<StorageClassObject>(facts.target, 'storageclasses');
  const targetClasses = classes.map(({ metadata, volumeBindingMode }) => ({
    name: metadata.name,
    isDefault: metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    waitsForConsumer: volumeBindingMode === 'WaitForFirstConsumer',
  }));
  const context = { storageClassMapping: facts.spec.storageClasses, targetClasses };
  const mapped = scopeObjects<ClaimObject>(facts, 'PersistentVolumeClaim').flatMap(
    ({ object }) => mapClassOfClaim(classOfClaim(object), context) ?? []
  );
  return [...new Set(mapped)].sort();
}
