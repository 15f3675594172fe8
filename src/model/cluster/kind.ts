import { dirname } from 'node:path';
import type { DocumentKind } from '../../config/kind.ts';
import { resolvePath } from '../../config/paths.ts';
import type { ClusterSpec } from '../../core/spec/spec.ts';
import { Cluster } from './schema.ts';

/** A Kubernetes cluster. */
export const clusterKind: DocumentKind<Cluster, ClusterSpec, 'clusters'> = {
  schema: Cluster,
  plural: 'clusters',
  introduction: 'One Kubernetes cluster and how it is reached.',
  rules: [],
  open: () => ({ violations: [], resolve: ({ value, yaml }) => resolveCluster(value, dirname(yaml.file)) }),
};

/** A Cluster as a run gets it, with an absolute path. */
export function resolveCluster({ metadata, spec }: Cluster, folder: string): ClusterSpec {
  const kubeconfig = { ...spec.kubeconfig, path: resolvePath(spec.kubeconfig.path, folder) };
  return { name: metadata.name, ...spec, kubeconfig };
}
