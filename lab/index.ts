export { down } from './down.ts';
export { clusterNames, type ClusterName } from './identity.ts';
export { readLab, type Lab, type LabAzurite, type LabCluster, type LabS3 } from './lab-file.ts';
export { mintKubeconfig } from './mint.ts';
export { importImage } from './node/containerd.ts';
export { lineProgress, type Progress } from './progress.ts';
export { status, type LabStatus } from './status.ts';
export { up, type UpOptions } from './up.ts';
