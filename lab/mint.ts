import { join } from 'node:path';
import { Authority } from './certificates.ts';
import type { ClusterName } from './identity.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Lab } from './lab-file.ts';

/**
 * Writes a kubeconfig for any user and groups of a lab's cluster and returns its path, for permission tests.
 * The user may do what RBAC grants that name: nothing, until a test binds it to a role.
 */
export async function mintKubeconfig(
  lab: Lab,
  clusterName: ClusterName,
  who: { user: string; groups?: readonly string[] }
): Promise<string> {
  const cluster = lab.clusters[clusterName];
  const slug = [who.user, ...(who.groups ?? [])].join('+').replaceAll(/[^A-Za-z0-9+-]/g, '_');
  return writeKubeconfig({
    context: cluster.context,
    server: cluster.server,
    authority: new Authority(cluster.pki),
    user: { commonName: who.user, organizations: who.groups ?? [] },
    file: join(lab.stateDirectory, clusterName, 'users', `${slug}.kubeconfig`),
  });
}
