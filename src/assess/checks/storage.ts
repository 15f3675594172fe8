import { formatBytes } from '../../core/run/format.ts';
import { bytesOf } from '../../core/nodes/amounts.ts';
import { mapClassOfClaim } from '../../core/volumes/assess.ts';
import { classOfClaim } from '../../core/volumes/data-of-claim.ts';
import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import { storageFindings } from '../../core/findings/catalogue/storage.ts';
import { findingOn, type RawFinding } from '../../core/findings/finding.ts';
import type {
  CapacityObject,
  ClaimObject,
  Kube,
  NodeObject,
  SnapshotClassObject,
  StorageClassObject,
} from '../../core/kube-objects.ts';
import { traitsOf } from './drivers.ts';
import { ofNodesNow } from './nodes.ts';
import { podVolumeChecks } from './pod-volumes.ts';
import type { FindingEntry } from '../../core/findings/finding-entry.ts';

/** A claim takes hours from here on. */
const largeBytes = 2 ** 40;

/** Classes of the target by what the claims that move ask of them. */
export const storageChecks: readonly Check[] = [
  {
    id: 'storage/classes',
    group: 'storage',
    describe: 'drivers, zones, binding, expansion and snapshots of the classes that claims are mapped to',
    codes: [
      'STORAGE_DRIVER_MISSING',
      'STORAGE_TOPOLOGY',
      'STORAGE_BINDING_IMMEDIATE',
      'STORAGE_NOT_EXPANDABLE',
      'SNAPSHOTS_UNSUPPORTED',
    ],
    needs: [
      'source/storageclasses',
      'target/storageclasses',
      'target/csidrivers',
      'target/nodes',
      'target/volumesnapshotclasses',
    ],
    isPlanned: true,
    run: classes,
  },
  {
    id: 'storage/defaults',
    group: 'storage',
    describe: 'default storage classes of the target',
    codes: ['STORAGE_DEFAULTS_SEVERAL'],
    needs: ['target/storageclasses'],
    run: defaults,
  },
  {
    id: 'storage/claims',
    group: 'storage',
    describe: 'access modes, raw block and sizes of claims against the driver of their class on the target',
    codes: ['STORAGE_ACCESS_MODE', 'STORAGE_BLOCK_UNSUPPORTED', 'STORAGE_SIZE', 'VOLUME_LARGE'],
    needs: ['target/storageclasses'],
    isPlanned: true,
    run: claims,
  },
  {
    id: 'storage/capacity',
    group: 'storage',
    describe: 'free space that the storage of the target reports (CSIStorageCapacity)',
    codes: ['STORAGE_CAPACITY_SHORT'],
    needs: ['target/storageclasses', 'target/csistoragecapacities'],
    isPlanned: true,
    run: capacity,
  },
  ...podVolumeChecks,
];

interface MappedClaim {
  readonly namespace: string;
  readonly subject: string;
  readonly claim: ClaimObject;
  readonly sourceClass: string;
  readonly targetClass: StorageClassObject;
  /** It has a volume on the source: one without is made empty, and no run waits for it. */
  readonly isBound: boolean;
}

/** Claims with the class they get; those that cannot be mapped are reported by the plan itself. */
function mappedClaims(facts: AssessFacts): readonly MappedClaim[] {
  const classes = listOf<StorageClassObject>(facts.target, 'storageclasses');
  const context = {
    storageClassMapping: facts.spec.storageClasses,
    targetClasses: classes.map((one) => ({
      name: one.metadata.name,
      isDefault: isDefault(one),
      waitsForConsumer: one.volumeBindingMode === 'WaitForFirstConsumer',
    })),
  };
  return scopeObjects<ClaimObject>(facts, 'PersistentVolumeClaim').flatMap(({ ref, object, isThere }) => {
    // What is on the target has its volume there.
    if (isThere === true) return [];
    const named = classOfClaim(object);
    const sourceClass = named ?? '';
    const name = mapClassOfClaim(named, context);
    const targetClass = classes.find(({ metadata }) => metadata.name === name);
    if (targetClass === undefined) return [];
    const subject = `PersistentVolumeClaim ${ref.namespace}/${ref.name}`;
    const isBound = object.status?.phase === 'Bound';
    return [{ namespace: ref.namespace, subject, claim: object, sourceClass, targetClass, isBound }];
  });
}

function isDefault({ metadata }: Kube): boolean {
  return metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
}

function defaults({ target }: AssessFacts): RawFinding[] {
  const names = listOf(target, 'storageclasses')
    .filter(isDefault)
    .map(({ metadata }) => metadata.name);
  if (names.length < 2) return [];
  return [
    findingOn('target', 'STORAGE_DEFAULTS_SEVERAL', {
      subject: target.name,
      namespace: '',
      message: `defaults are ${names.join(', ')}`,
      evidence: 'annotations of the classes',
    }),
  ];
}

function classes(facts: AssessFacts): RawFinding[] {
  const byClass = Map.groupBy(mappedClaims(facts), ({ targetClass }) => targetClass.metadata.name);
  const drivers = new Set(listOf(facts.target, 'csidrivers').map(({ metadata }) => metadata.name));
  const snapshotDrivers = new Set(
    listOf<SnapshotClassObject>(facts.target, 'volumesnapshotclasses').map(({ driver }) => driver)
  );
  const sourceClasses = new Map(
    listOf<StorageClassObject>(facts.source, 'storageclasses').map((one) => [one.metadata.name, one])
  );
  return [...byClass].flatMap(([name, mapped]) => {
    const [{ targetClass }] = mapped as [MappedClaim, ...MappedClaim[]];
    const subject = `StorageClass ${name}`;
    const namespaces = new Set(mapped.map(({ namespace }) => namespace));
    const namespace = namespaces.size === 1 ? (mapped[0]?.namespace ?? '') : '';
    const used = `${mapped.length} claims are mapped to it`;
    const { provisioner } = targetClass;
    const found: RawFinding[] = [];
    const about = (code: RawFinding['code'], message: string) =>
      findingOn('target', code, { subject, namespace, message, evidence: `${used}; read on ${facts.target.name}` });
    const add = (code: RawFinding['code'], message: string) => found.push(about(code, message));
    if (isDriver(provisioner) && !drivers.has(provisioner)) {
      add('STORAGE_DRIVER_MISSING', `it names the driver ${provisioner}, of which there is no CSIDriver`);
    }
    const zones = unreachableZones(facts, targetClass);
    if (zones !== '') found.push(ofNodesNow(facts, about('STORAGE_TOPOLOGY', zones)));
    const immediate = targetClass.volumeBindingMode !== 'WaitForFirstConsumer';
    if (immediate && traitsOf(provisioner)?.zonal === true && zonesOf(facts).size > 1) {
      add(
        'STORAGE_BINDING_IMMEDIATE',
        `it binds immediately, and the nodes are in ${[...zonesOf(facts)].sort().join(', ')}`
      );
    }
    const grows = mapped.some(({ sourceClass }) => sourceClasses.get(sourceClass)?.allowVolumeExpansion === true);
    if (grows && targetClass.allowVolumeExpansion !== true) {
      add('STORAGE_NOT_EXPANDABLE', 'the class on the source allows expansion, and this one does not');
    }
    const moves = facts.spec.volumes.mode === 'move';
    if (moves && drivers.has(provisioner) && !snapshotDrivers.has(provisioner)) {
      add('SNAPSHOTS_UNSUPPORTED', `no VolumeSnapshotClass names ${provisioner}`);
    }
    return found.map((one) => lessUnbound(one, mapped));
  });
}

/** What keeps only claims pending that are pending on the source as well is no loss of the move. */
function lessUnbound(finding: RawFinding, mapped: readonly MappedClaim[]): RawFinding {
  if (mapped.some(({ isBound }) => isBound) || finding.severity === 'info') return finding;
  const catalogue: Readonly<Record<string, FindingEntry>> = storageFindings;
  if (catalogue[finding.code]?.severity !== 'blocker') return finding;
  return {
    ...finding,
    severity: 'warning',
    message: `${finding.message}; it is bound to nothing on the source either`,
  };
}

/** Names of CSI drivers have no slash (CSI: GetPluginInfo); other provisioners have no object on the cluster. */
function isDriver(provisioner: string): boolean {
  return !provisioner.includes('/');
}

function zonesOf({ target }: AssessFacts): ReadonlySet<string> {
  const zones = listOf<NodeObject>(target, 'nodes').map(
    ({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone'] ?? ''
  );
  return new Set(zones.filter((zone) => zone !== ''));
}

/** What is wrong with allowedTopologies, in words; '' when some node is inside. */
function unreachableZones({ target }: AssessFacts, { allowedTopologies = [] }: StorageClassObject): string {
  if (allowedTopologies.length === 0) return '';
  const nodes = listOf<NodeObject>(target, 'nodes');
  const reachable = allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    nodes.some(({ metadata }) =>
      matchLabelExpressions.every(({ key, values = [] }) => values.includes(metadata.labels?.[key] ?? ''))
    )
  );
  if (reachable) return '';
  const wanted = allowedTopologies.flatMap(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.map(({ key, values = [] }) => `${key} in ${values.join(', ')}`)
  );
  return `it allows only ${wanted.join('; ')}, and no node is there`;
}

function claims(facts: AssessFacts): RawFinding[] {
  return mappedClaims(facts).flatMap((mapped) => {
    const { claim, namespace, subject, targetClass } = mapped;
    const traits = traitsOf(targetClass.provisioner);
    const size = bytesOf(claim.status?.capacity?.['storage'] ?? claim.spec.resources?.requests?.['storage']);
    const place = `class ${targetClass.metadata.name} (${targetClass.provisioner})`;
    const found: RawFinding[] = [];
    const add = (code: RawFinding['code'], message: string, severity?: RawFinding['severity']) =>
      found.push({
        ...findingOn('target', code, {
          subject,
          namespace,
          message,
          evidence: `${place} of ${facts.target.name} and the claim on the source`,
        }),
        ...(severity === undefined ? {} : { severity }),
      });
    if (size >= largeBytes) add('VOLUME_LARGE', `it has ${formatBytes(size)}`);
    if (traits === undefined) return found;
    // Disks can be attached to several nodes as devices; what a driver offers of that depends on the disk.
    const isDevice = claim.spec.volumeMode === 'Block' && traits.block;
    const asked = isDevice ? [] : (claim.spec.accessModes ?? []);
    const missing = asked.filter((mode) => !traits.accessModes.includes(mode));
    if (missing.length > 0) add('STORAGE_ACCESS_MODE', `it asks for ${missing.join(', ')}; ${place} does not offer it`);
    if (claim.spec.volumeMode === 'Block' && !traits.block)
      add('STORAGE_BLOCK_UNSUPPORTED', `${place} does not offer raw block volumes`);
    if (size > traits.sizeMaxBytes)
      add(
        'STORAGE_SIZE',
        `${formatBytes(size)} is more than the maximum of ${place}, ${formatBytes(traits.sizeMaxBytes)}`
      );
    if (size > 0 && size < traits.sizeMinBytes) {
      // The driver makes the volume larger: nothing is refused.
      add('STORAGE_SIZE', `${formatBytes(size)} is less than ${formatBytes(traits.sizeMinBytes)} of ${place}`, 'info');
    }
    return found.map((one) => lessUnbound(one, [mapped]));
  });
}

function capacity(facts: AssessFacts): RawFinding[] {
  const reported = Map.groupBy(
    listOf<CapacityObject>(facts.target, 'csistoragecapacities'),
    ({ storageClassName }) => storageClassName
  );
  const byClass = Map.groupBy(mappedClaims(facts), ({ targetClass }) => targetClass.metadata.name);
  return [...byClass].flatMap(([name, mapped]): RawFinding[] => {
    const segments = reported.get(name) ?? [];
    // A driver that reports nothing has not said that it has nothing.
    if (segments.length === 0) return [];
    const free = segments.reduce((sum, one) => sum + bytesOf(one.capacity), 0);
    const wanted = mapped.reduce((sum, { claim }) => sum + bytesOf(claim.spec.resources?.requests?.['storage']), 0);
    if (wanted <= free) return [];
    const message = `claims request ${formatBytes(wanted)}, and the storage reports ${formatBytes(free)} free`;
    const evidence = `${segments.length} CSIStorageCapacity objects of ${facts.target.name}`;
    return [
      lessUnbound(
        findingOn('target', 'STORAGE_CAPACITY_SHORT', {
          subject: `StorageClass ${name}`,
          namespace: '',
          message,
          evidence,
        }),
        mapped
      ),
    ];
  });
}
