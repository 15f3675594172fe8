export { down } from './down.ts';
export { clusterNames, type ClusterName } from './identity.ts';
export { readLab, type Lab } from './lab-file.ts';
export { mintKubeconfig } from './mint.ts';
export { importImage } from './node/containerd.ts';
export { lineProgress } from './progress.ts';
export { status } from './status.ts';
export { up } from './up.ts';
