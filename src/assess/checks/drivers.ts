/** What a CSI driver's volumes can do. Facts of the drivers' documentation; an unknown driver is not judged. */
export interface DriverTraits {
  readonly driver: string;
  readonly accessModes: readonly string[];
  readonly block: boolean;
  readonly snapshots: boolean;
  /** Volumes belong to a zone. */
  readonly zonal: boolean;
  readonly sizeMinBytes: number;
  readonly sizeMaxBytes: number;
}

const gib = 2 ** 30;
const tib = 2 ** 40;
const single = ['ReadWriteOnce', 'ReadWriteOncePod'];
const shared = [...single, 'ReadWriteMany', 'ReadOnlyMany'];

/**
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
 * https://learn.microsoft.com/azure/aks/azure-csi-driver-volume-provisioning
 * https://techdocs.broadcom.com/us/en/vmware-cis/vsphere/container-storage-plugin/3-0.html
 * https://cloud.google.com/kubernetes-engine/docs/concepts/persistent-volumes
 */
const driverTraits: readonly DriverTraits[] = [
  block('ebs.csi.aws.com', gib, 64 * tib),
  block('ebs.csi.eks.amazonaws.com', gib, 64 * tib),
  file('efs.csi.aws.com', { snapshots: false, zonal: false, sizeMaxBytes: Infinity }),
  file('fsx.csi.aws.com', { snapshots: false, zonal: true, sizeMaxBytes: Infinity }),
  block('disk.csi.azure.com', gib, 32 * tib),
  file('file.csi.azure.com', { snapshots: true, zonal: false, sizeMaxBytes: 100 * tib }),
  file('blob.csi.azure.com', { snapshots: false, zonal: false, sizeMaxBytes: Infinity }),
  {
    driver: 'csi.vsphere.vmware.com',
    accessModes: shared,
    block: true,
    snapshots: true,
    zonal: false,
    sizeMinBytes: 1,
    sizeMaxBytes: 62 * tib,
  },
  { ...block('pd.csi.storage.gke.io', gib, 64 * tib), accessModes: [...single, 'ReadOnlyMany'] },
  file('filestore.csi.storage.gke.io', { snapshots: true, zonal: false, sizeMaxBytes: 100 * tib }),
];

export function traitsOf(driver: string): DriverTraits | undefined {
  return driverTraits.find((one) => one.driver === driver);
}

function block(driver: string, sizeMinBytes: number, sizeMaxBytes: number): DriverTraits {
  return { driver, accessModes: single, block: true, snapshots: true, zonal: true, sizeMinBytes, sizeMaxBytes };
}

function file(driver: string, traits: Pick<DriverTraits, 'snapshots' | 'zonal' | 'sizeMaxBytes'>): DriverTraits {
  return { driver, accessModes: shared, block: false, sizeMinBytes: 1, ...traits };
}
