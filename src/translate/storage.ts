import type { StorageCapability } from '../core/spec/spec.ts';
import type { ClusterProfile, StorageClassProfile, Translation } from '../core/profile/cluster-profile.ts';

/** What drivers of the platforms can do. Classes of other drivers are the user's own and never chosen by themselves. */
const drivers: Readonly<
  Record<string, { readonly file: boolean; readonly fast: (parameters: Readonly<Record<string, string>>) => boolean }>
> = {
  'csi.vsphere.vmware.com': { file: true, fast: () => false },
  'ebs.csi.aws.com': { file: false, fast: ({ type = '' }) => /^io[12]$/.test(type) },
  'ebs.csi.eks.amazonaws.com': { file: false, fast: ({ type = '' }) => /^io[12]$/.test(type) },
  'efs.csi.aws.com': { file: true, fast: () => false },
  'fsx.csi.aws.com': { file: true, fast: () => false },
  'fsx.openzfs.csi.aws.com': { file: true, fast: () => false },
  'disk.csi.azure.com': { file: false, fast: (parameters) => /^(?:Premium|Ultra)/i.test(skuOf(parameters)) },
  'file.csi.azure.com': { file: true, fast: (parameters) => /^Premium/i.test(skuOf(parameters)) },
};

/** Drivers that serve one node at a time; vSphere's does both. */
const blockDrivers: ReadonlySet<string> = new Set([
  'csi.vsphere.vmware.com',
  'ebs.csi.aws.com',
  'ebs.csi.eks.amazonaws.com',
  'disk.csi.azure.com',
]);

function skuOf(parameters: Readonly<Record<string, string>>): string {
  return parameters['skuName'] ?? parameters['skuname'] ?? parameters['storageaccounttype'] ?? '';
}

/** What a claim asks for, of its own words. */
export interface ClaimNeeds {
  readonly className: string;
  readonly accessModes: readonly string[];
  readonly isBlockDevice: boolean;
}

export type ChosenClass =
  | {
      readonly found: true;
      readonly name: string;
      readonly capability: StorageCapability;
      readonly reason: string;
      /** The target has nothing as fast that Landfall knows of. */
      readonly isWeaker?: boolean;
    }
  | { readonly found: false; readonly capability: StorageCapability; readonly reason: string };

/**
 * Chooses the target's class for a claim by what it needs, never by name:
 *
 *   claim or its class                      capability
 *   ReadWriteMany or ReadOnlyMany, no Block  file
 *   class of a driver for files             file
 *   class of fast disks (io2, Premium_LRS)  fast, else block
 *   else                                    block
 *
 * The table `translation.storage` has the first word. Then the target's classes that can: the default one, one that
 * waits for the first consumer, the first by name.
 */
export function chooseClass(needs: ClaimNeeds, translation: Translation): ChosenClass {
  const { tables, source } = translation;
  const from = source.storageClasses.find(({ name }) => name === needs.className);
  const capability = capabilityOf(needs, from);
  const written = tables.storage[capability] ?? (capability === 'fast' ? tables.storage.block : undefined);
  if (written !== undefined) {
    return { found: true, name: written, capability, reason: `set in translation.storage.${capability}` };
  }
  const fitting = bestOf(translation, capability);
  const best = fitting ?? (capability === 'fast' ? bestOf(translation, 'block') : undefined);
  if (best === undefined) {
    return { found: false, capability, reason: `no class on the target provides ${capabilityWords[capability]}` };
  }
  const given = fitting === undefined ? 'block' : capability;
  return {
    found: true,
    name: best.name,
    capability,
    reason: `it provides ${capabilityWords[given]} (${best.provisioner})`,
    isWeaker: given !== capability,
  };
}

const capabilityWords: Readonly<Record<StorageCapability, string>> = {
  block: 'a single-node disk',
  fast: 'a fast single-node disk',
  file: 'a file system shared by many nodes',
};

function capabilityOf(needs: ClaimNeeds, from: StorageClassProfile | undefined): StorageCapability {
  if (!needs.isBlockDevice && needs.accessModes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany'))
    return 'file';
  const driver = from === undefined ? undefined : drivers[from.provisioner];
  if (from === undefined || driver === undefined) return 'block';
  if (!needs.isBlockDevice && driver.file && !blockDrivers.has(from.provisioner)) return 'file';
  return driver.fast(from.parameters) ? 'fast' : 'block';
}

function can(candidate: StorageClassProfile, capability: StorageCapability): boolean {
  const driver = Object.hasOwn(drivers, candidate.provisioner) ? drivers[candidate.provisioner] : undefined;
  if (driver === undefined) return false;
  if (capability === 'file') return driver.file;
  if (!blockDrivers.has(candidate.provisioner)) return false;
  return capability === 'block' || driver.fast(candidate.parameters);
}

function bestOf({ target, to }: Translation, capability: StorageCapability): StorageClassProfile | undefined {
  const [best] = target.storageClasses
    .filter((candidate) => can(candidate, capability))
    .sort((left, right) => rank(right) - rank(left) || (left.name < right.name ? -1 : 1));
  if (best === undefined || to !== 'vks' || capability === 'file') return best;
  // Every policy of VKS has a twin that waits for the first pod, which puts the disk into the pod's zone.
  return target.storageClasses.find(({ name }) => name === `${best.name}-latebinding`) ?? best;
}

function rank({ isDefault, waitsForConsumer }: StorageClassProfile): number {
  return (isDefault ? 2 : 0) + (waitsForConsumer ? 1 : 0);
}

/** True when the class of the source is one of its platform, which the target cannot have under the same meaning. */
export function isPlatformClass(profile: ClusterProfile, name: string): boolean {
  const known = profile.storageClasses.find((one) => one.name === name);
  return known === undefined || Object.hasOwn(drivers, known.provisioner);
}
